/** Work on long JSON: pure functions, which either thread may call. */
import type { Datatype } from '../../service/api/tensor-inference.ts';
import { readModelJson } from '../huggingface/model-json.ts';
import { readPredictionJson, type PredictionJson } from '../huggingface/prediction-json.ts';
import { readBinaryTensor } from '../../codecs/binary-tensor.ts';
import { readInferJson, type InferJson } from '../kserve/infer-json.ts';
import { parseJsonBody } from './json-body.ts';
import { writeJsonData } from '../../codecs/json-tensor.ts';

export const JSON_TASKS = {
  readInferJson,
  readModelJson,
  readPredictionJson,
  /** A body as it reads. */
  readJson(bytes: Uint8Array): { json: unknown } {
    return { json: parseJsonBody(bytes) };
  },
  /** Converts a binary tensor of an answer to the JSON of its elements. */
  writeTensor(
    bytes: Uint8Array<ArrayBuffer>,
    name: string,
    datatype: Datatype,
    shape: readonly number[],
  ): Uint8Array<ArrayBuffer> {
    const tensor = readBinaryTensor({ name, datatype, shape }, bytes, Infinity);
    return new TextEncoder().encode(writeJsonData(tensor));
  },
} as const;

export type JsonTask = keyof typeof JSON_TASKS;
export type JsonArguments<Task extends JsonTask> = Parameters<(typeof JSON_TASKS)[Task]>;
export type JsonResult<Task extends JsonTask> = ReturnType<(typeof JSON_TASKS)[Task]>;

/** Buffers of a result that belong to it alone. */
export function buffersOf(result: JsonResult<JsonTask>): ArrayBuffer[] {
  if (result instanceof Uint8Array) return [result.buffer];
  if ('json' in result) return [];
  if ('file' in result) return [result.file.buffer];
  if ('values' in result) return filesOf(result).map(({ buffer }) => buffer);
  return tensorsOf(result).map(({ buffer }) => buffer);
}

function filesOf({ values }: PredictionJson): Uint8Array<ArrayBuffer>[] {
  return values.flatMap((value) => (value.kind === 'file' ? [value.bytes as Uint8Array<ArrayBuffer>] : []));
}

function tensorsOf({ inputs }: InferJson): Uint8Array<ArrayBuffer>[] {
  return inputs.flatMap(({ binary }) => (typeof binary === 'number' ? [] : [binary]));
}
