/** An inference's answer in the form that its request asked for. */
import type { ServiceLimits } from '../../config/limits.ts';
import type { ClientTensor, InferAnswer, ModelDescription } from '../../service/tensor-inference.ts';
import { writeBinaryTensor } from './binary-tensor.ts';
import { classify } from './classification.ts';
import type { AskedInference } from './infer-request.ts';
import { inBinary, writeJsonData } from './json-tensor.ts';
import type { OutputForm } from './output-plan.ts';

/** A number as text takes up to five times the bytes that it has in memory. */
const TEXT_GROWTH = 5;

/**
 * @returns the JSON, and the binary tensors that follow it, which are not copied
 * @throws SandpiperError `unsupported-request` for a tensor that JSON cannot hold
 */
export function writeInferResponse(
  answer: InferAnswer,
  { id, forms }: Pick<AskedInference, 'id' | 'forms'>,
  model: ModelDescription,
  { tensorJsonBytes }: ServiceLimits,
): { json: Uint8Array; tensors: Uint8Array[] } {
  const tensors: Uint8Array[] = [];
  const outputs = forms.map((form) => {
    const tensor = inForm(form, answer, model);
    if (form.binary) {
      const { parts, size } = writeBinaryTensor(tensor);
      tensors.push(...parts);
      return writeOutput(tensor, `"parameters":{"binary_data_size":${size}}`);
    }
    if (bytesOf(tensor) * TEXT_GROWTH > tensorJsonBytes) {
      throw inBinary(tensor.name, `is too large for JSON with its ${bytesOf(tensor)} bytes`);
    }
    return writeOutput(tensor, `"data":${writeJsonData(tensor)}`);
  });
  const head = JSON.stringify({
    ...(id !== undefined && { id }),
    model_name: answer.model,
    model_version: String(answer.version),
  });
  return { json: Buffer.from(`${head.slice(0, -1)},"outputs":[${outputs.join(',')}]}`), tensors };
}

function inForm(
  { name, classes }: OutputForm,
  { outputs }: InferAnswer,
  model: ModelDescription,
): ClientTensor {
  const output = outputs.find((candidate) => candidate.name === name);
  if (output === undefined) throw new TypeError(`The model gave no output ${name}`);
  return classes > 0 ? classify(output, classes, model, outputs) : output;
}

function writeOutput({ name, datatype, shape }: ClientTensor, data: string): string {
  return `${JSON.stringify({ name, datatype, shape }).slice(0, -1)},${data}}`;
}

function bytesOf({ data }: ClientTensor): number {
  if (data instanceof Uint8Array) return data.byteLength;
  return data.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
