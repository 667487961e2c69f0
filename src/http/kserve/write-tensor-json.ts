import { readBinaryTensor } from '../../codecs/binary-tensor.ts';
import { writeJsonData } from '../../codecs/json-tensor.ts';
import type { ClientTensor } from '../../service/api/tensor-inference.ts';
import type { JsonTask } from '../json/json-task.ts';

/** Converts a binary tensor of an answer to the JSON of its elements. */
export const writeTensorJson: JsonTask<[Omit<ClientTensor, 'data'>], Uint8Array<ArrayBuffer>> = {
  module: import.meta.url,
  name: 'writeTensorJson',
  takes: 'binary',
  work: (bytes, tensor) => new TextEncoder().encode(writeJsonData(readBinaryTensor(tensor, bytes, Infinity))),
  buffersOf: (json) => [json.buffer],
};
