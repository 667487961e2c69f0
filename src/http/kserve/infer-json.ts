/** The work of the JSON thread for an inference request and its answer. The thread knows no models. */
import { parseJsonBody } from '../json/json-body.ts';
import type { JsonTask } from '../json/json-task.ts';
import { RequestFieldError, checkFields, unsupportedField } from '../exchange/request-field-error.ts';
import { invalidRequest } from '../../errors.ts';
import { joinBytes, readBinaryTensor, writeBinaryTensor } from '../../codecs/binary-tensor.ts';
import { readJsonTensor, writeJsonData } from '../../codecs/json-tensor.ts';
import type { ClientTensor } from '../../service/api/tensor-inference.ts';
import {
  MAX_TENSORS,
  inferRequest,
  type InferInput,
  type InferRequest,
  type RequestedOutput,
} from './schemas.ts';

export interface InferJson extends Pick<InferRequest, 'id' | 'parameters'> {
  readonly inputs: readonly InferJsonInput[];
  readonly outputs?: RequestedOutput[];
}

export interface InferJsonInput extends Pick<InferInput, 'name' | 'shape' | 'datatype'> {
  /** The tensor in a buffer of its own, or its number of bytes after the JSON. */
  readonly binary: Uint8Array<ArrayBuffer> | number;
}

/**
 * Checks the JSON of a request and converts its tensors to binary. The result is small, since it is transferred back.
 */
export const readInferJson: JsonTask<[bytesElements: number], InferJson> = {
  module: import.meta.url,
  name: 'readInferJson',
  takes: 'json',
  work: toInferJson,
  buffersOf: ({ inputs }) =>
    inputs.flatMap(({ binary }) => (typeof binary === 'number' ? [] : [binary.buffer])),
};

/** Converts a binary tensor of an answer to the JSON of its elements. */
export const writeTensorJson: JsonTask<[Omit<ClientTensor, 'data'>], Uint8Array<ArrayBuffer>> = {
  module: import.meta.url,
  name: 'writeTensorJson',
  takes: 'binary',
  work: (bytes, tensor) => new TextEncoder().encode(writeJsonData(readBinaryTensor(tensor, bytes, Infinity))),
  buffersOf: (json) => [json.buffer],
};

/**
 * @param bytesElements most elements of a BYTES tensor
 * @throws SandpiperError `invalid-request`, `unsupported-request`
 */
function toInferJson(json: Uint8Array, bytesElements: number): InferJson {
  const { id, parameters, inputs, outputs } = checkRequest(parseJsonBody(json, { exactIntegers: true }));
  return {
    ...(id !== undefined && { id }),
    ...(parameters !== undefined && { parameters }),
    inputs: inputs.map((input) => readInput(input, bytesElements)),
    ...(outputs !== undefined && { outputs: outputs.map(readOutput) }),
  };
}

function checkRequest(json: unknown): InferRequest {
  // Checked before the schema, which would make a message for each of millions of wrong entries.
  for (const name of ['inputs', 'outputs'] as const) {
    const list = (json as Partial<Record<typeof name, unknown>> | null)?.[name];
    if (Array.isArray(list) && list.length > MAX_TENSORS) {
      throw new RequestFieldError(
        name,
        `Field "${name}": expected at most ${MAX_TENSORS}, got ${list.length}.`,
      );
    }
  }
  return checkFields(inferRequest, json);
}

function readInput(input: InferInput, bytesElements: number): InferJsonInput {
  const { name, shape, datatype, parameters = {}, data } = input;
  if ('shared_memory_region' in parameters) {
    throw unsupportedField(
      'inputs',
      `input '${name}': there is no shared memory with clients here, send 'data' or binary data`,
    );
  }
  const { binary_data_size: size } = parameters;
  if ((data === undefined) === (size === undefined)) {
    throw invalidRequest(
      `input '${name}' must set only one of the following fields: 'data', 'binary_data_size' in 'parameters'; it sets ${data === undefined ? 'neither' : 'both'}`,
    );
  }
  if (size !== undefined) return { name, shape, datatype, binary: size };
  const { parts } = writeBinaryTensor(readJsonTensor(input, bytesElements));
  return { name, shape, datatype, binary: joinBytes(parts) };
}

function readOutput({ name, parameters }: RequestedOutput): RequestedOutput {
  if (parameters === undefined) return { name };
  if ('shared_memory_region' in parameters) {
    throw unsupportedField('outputs', `output '${name}': there is no shared memory with clients here`);
  }
  const { binary_data, content_type, classification } = parameters;
  return {
    name,
    parameters: {
      ...(binary_data !== undefined && { binary_data }),
      ...(content_type === 'base64' && { content_type }),
      ...(classification !== undefined && { classification }),
    },
  };
}
