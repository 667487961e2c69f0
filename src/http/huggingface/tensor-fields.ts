/** Tensors in fields of a form, each in JSON: together they may be megabytes, and are then read on the JSON thread. */
import type { Waiter } from '../../async/semaphore.ts';
import { readPlainTensor } from '../../codecs/plain-tensor.ts';
import type { ServiceLimits } from '../../config/limits.ts';
import type { NamedInput } from '../../service/api/predictions.ts';
import type { Datatype } from '../../service/api/tensor-inference.ts';
import { RequestFieldError } from '../exchange/request-field-error.ts';
import { parseJsonBody } from '../json/json-body.ts';
import type { JsonTask } from '../json/json-task.ts';
import { runJson } from '../json/run-json.ts';

export interface TensorField {
  readonly name: string;
  readonly datatype: Datatype;
  readonly text: string;
}

/** Where a field's text is among all of them. */
interface Piece extends Omit<TensorField, 'text'> {
  readonly start: number;
  readonly end: number;
}

/** For the JSON thread; see {@link readTensorFields}. */
export const readPieces: JsonTask<[readonly Piece[]], NamedInput[]> = {
  module: import.meta.url,
  name: 'readPieces',
  takes: 'json',
  work: (bytes, pieces) =>
    pieces.map(({ name, datatype, start, end }) => {
      const json = toJson(name, bytes.subarray(start, end));
      return { name, kind: 'tensor', tensor: readPlainTensor({ name, datatype }, json, Infinity) };
    }),
  buffersOf: () => [],
};

/** @throws SandpiperError `invalid-request`, `input-too-large`, `client-gone` */
export async function readTensorFields(
  fields: readonly TensorField[],
  caller: Waiter,
  limits: ServiceLimits,
): Promise<NamedInput[]> {
  let end = -1;
  const pieces = fields.map(({ name, datatype, text }): Piece => {
    const start = end + 1;
    end = start + Buffer.byteLength(text);
    return { name, datatype, start, end };
  });
  const bytes = new Uint8Array(Buffer.from(fields.map(({ text }) => text).join(',')));
  return runJson(readPieces, [bytes, pieces], caller, limits);
}

function toJson(name: string, text: Uint8Array): unknown {
  try {
    return parseJsonBody(text, { exactIntegers: true });
  } catch {
    throw new RequestFieldError(name, `Field "${name}": expected a tensor in JSON, as [1, 2].`);
  }
}
