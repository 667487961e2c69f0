/** Writes the answer of an inference in the requested form. */
import type { ServiceLimits } from '../../config/limits.ts';
import { byteLengthOf } from '../../service/api/client-tensors.ts';
import type { ClientTensor, InferAnswer, ModelDescription } from '../../service/api/tensor-inference.ts';
import type { Waiter } from '../../async/semaphore.ts';
import { runJson } from '../json/run-json.ts';
import { encodeBase64 } from '../../codecs/base64.ts';
import { joinBytes, writeBinaryTensor } from '../../codecs/binary-tensor.ts';
import { classify } from './classification.ts';
import type { AskedInference } from './infer-request.ts';
import { inBinary, writeJsonData } from '../../codecs/json-tensor.ts';
import type { OutputForm } from './output-plan.ts';
import { writeTensorJson } from './infer-json.ts';

/** A number as text takes up to five times its bytes in memory. */
const TEXT_GROWTH = 5;
const BASE64_GROWTH = 4 / 3;
/** Most bytes that are converted on the main thread, in a few milliseconds at worst. */
const WRITTEN_AT_ONCE_BYTES = 16 * 1024;

/**
 * @returns the JSON in parts, and the binary tensors that follow it, uncopied
 * @throws SandpiperError `unsupported-request` for a tensor that JSON cannot express
 */
export async function writeInferResponse(
  answer: InferAnswer,
  { id, forms }: Pick<AskedInference, 'id' | 'forms'>,
  model: ModelDescription,
  limits: ServiceLimits,
  caller: Waiter,
): Promise<{ json: Uint8Array[]; tensors: Uint8Array[] }> {
  const head = JSON.stringify({
    ...(id !== undefined && { id }),
    model_name: answer.model,
    model_version: String(answer.version),
  });
  const json: Uint8Array[] = [];
  const tensors: Uint8Array[] = [];
  let between = `${head.slice(0, -1)},"outputs":[`;
  // A component may leave out an output that it described as optional.
  const given = forms.filter(({ name }) => answer.outputs.some((output) => output.name === name));
  for (const form of given) {
    const tensor = inForm(form, answer, model);
    const { name, datatype, shape } = tensor;
    between += JSON.stringify({ name, datatype, shape }).slice(0, -1);
    if (form.binary) {
      const { parts, size } = writeBinaryTensor(tensor);
      tensors.push(...parts);
      between += `,"parameters":{"binary_data_size":${size}}},`;
      continue;
    }
    const inBase64 = form.base64 && datatype === 'BYTES';
    if (inBase64) between += ',"parameters":{"content_type":"base64"}';
    const data = inBase64 ? writeBase64(tensor, limits) : await writeData(tensor, limits, caller);
    json.push(Buffer.from(`${between},"data":`), data);
    between = '},';
  }
  // Drops the comma after the last one.
  json.push(Buffer.from(`${given.length > 0 ? between.slice(0, -1) : between}]}`));
  return { json, tensors };
}

async function writeData(tensor: ClientTensor, limits: ServiceLimits, caller: Waiter): Promise<Uint8Array> {
  const { name, datatype, shape } = tensor;
  const { parts, size } = writeBinaryTensor(tensor);
  const bytes = byteLengthOf([tensor]);
  if (bytes * TEXT_GROWTH > limits.tensorJsonBytes) {
    throw inBinary(name, `is too large for JSON with its ${bytes} bytes`);
  }
  if (size <= WRITTEN_AT_ONCE_BYTES) return Buffer.from(writeJsonData(tensor));
  return runJson(writeTensorJson, [joinBytes(parts), { name, datatype, shape }], caller, limits);
}

/** A third more bytes, and quick: what is too large for text as numbers may come like this. */
function writeBase64(tensor: ClientTensor, limits: ServiceLimits): Uint8Array {
  const bytes = byteLengthOf([tensor]);
  if (bytes * BASE64_GROWTH > limits.tensorJsonBytes)
    throw inBinary(tensor.name, `is too large for JSON with its ${bytes} bytes`);
  return Buffer.from(JSON.stringify([tensor.data].flat().map(encodeBase64)));
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
