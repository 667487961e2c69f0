/** Reads the body of an inference request in Triton's protocol: JSON, followed by binary tensors. */
import type { ServiceLimits } from '../../config/limits.ts';
import { inputTooLarge, invalidRequest } from '../../errors.ts';
import type { ClientTensor, InferOptions, ModelDescription } from '../../service/api/tensor-inference.ts';
import type { BodyChunks } from '../body/body-chunks.ts';
import type { Waiter } from '../../async/semaphore.ts';
import { runJson } from '../json/run-json.ts';
import { unsupportedField } from '../exchange/request-field-error.ts';
import { readBinaryTensor } from '../../codecs/binary-tensor.ts';
import { readInferJson, type InferJson, type InferJsonInput } from './infer-json.ts';
import { planOutputs, type OutputPlan } from './output-plan.ts';
import { readRawInput } from './raw-input.ts';

export interface AskedInference extends OutputPlan {
  readonly id?: string;
  readonly inputs: readonly ClientTensor[];
  readonly options: Pick<InferOptions, 'outputs' | 'parameters' | 'deadlineMs' | 'priority'>;
}

/**
 * @param jsonLength the header with the length of the JSON; without it the whole body is JSON, and with 0 the whole body
 *   is the one tensor of a raw request
 * @throws SandpiperError `invalid-request`, `unsupported-request`
 */
export async function readInferRequest(
  body: BodyChunks,
  jsonLength: string | undefined,
  model: ModelDescription,
  limits: ServiceLimits,
  caller: Waiter,
): Promise<AskedInference> {
  const jsonBytes = readJsonLength(jsonLength, body.left);
  if (jsonLength !== undefined && jsonBytes === 0) {
    const plan = planOutputs(model, undefined, { binary: true });
    return { ...plan, inputs: [readRawInput(body, model)], options: { outputs: plan.names } };
  }
  if (jsonBytes > limits.tensorJsonBytes) {
    throw inputTooLarge(
      `The JSON of this request is too large: at most ${limits.tensorJsonBytes} bytes are taken; send large tensors in binary.`,
    );
  }
  const request = await runJson(readInferJson, [body.take(jsonBytes), limits.bytesElements], caller, limits);
  const {
    priority,
    timeout = 0,
    binary_data_output: binary = false,
    ...parameters
  } = checkParameters(request);
  const plan = planOutputs(model, request.outputs, { binary });
  const inputs = request.inputs.map((input) => readInput(input, body, model, limits));
  if (body.left > 0) throw invalidRequest(`unexpected additional input data for model '${model.name}'`);
  return {
    ...plan,
    ...(request.id !== undefined && { id: request.id }),
    inputs,
    options: {
      outputs: plan.names,
      parameters: { ...plan.parameters, ...parameters },
      deadlineMs: timeout > 0 ? timeout / 1000 : undefined,
      priority,
    },
  };
}

function readJsonLength(header: string | undefined, bodyBytes: number): number {
  if (header === undefined) return bodyBytes;
  const length = /^\d{1,15}$/.test(header) ? Number(header) : -1;
  if (length >= 0 && length <= bodyBytes) return length;
  throw invalidRequest(
    `inference header size should be in range (0, ${bodyBytes}), got: ${header.slice(0, 100)}`,
  );
}

/** Triton's own parameters that are not supported, and why. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['sequence_id', 'models keep nothing between requests'],
  ['sequence_start', 'models keep nothing between requests'],
  ['sequence_end', 'models keep nothing between requests'],
  ['headers', 'the name is reserved'],
]);

function checkParameters({ parameters = {} }: InferJson): NonNullable<InferJson['parameters']> {
  for (const name of Object.keys(parameters)) {
    const why = name.startsWith('triton_') ? 'names that start with triton_ are reserved' : REFUSED.get(name);
    if (why !== undefined)
      throw unsupportedField(`parameters.${name}`, `parameter '${name.slice(0, 100)}' is refused: ${why}`);
  }
  return parameters;
}

function readInput(
  { name, shape, datatype, binary }: InferJsonInput,
  body: BodyChunks,
  model: ModelDescription,
  { bytesElements }: ServiceLimits,
): ClientTensor {
  const tensor = { name, shape, datatype };
  if (typeof binary !== 'number') return readBinaryTensor(tensor, binary, bytesElements);
  if (binary > body.left) {
    throw invalidRequest(
      `unexpected size for input '${name}', expecting ${binary - body.left} additional bytes for model '${model.name}'`,
    );
  }
  return readBinaryTensor(tensor, body.take(binary), bytesElements);
}
