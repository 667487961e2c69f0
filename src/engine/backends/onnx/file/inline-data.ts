/**
 * Puts a model's external data into the model, so that it is one file to all that comes after: the checks, the trial, its
 * digest and ONNX Runtime, which then opens no path that a model names.
 */
import { PbfWriter } from 'pbf';
import type { Turns } from '../../../../async/turns.ts';
import { ELEMENTS, elementTypeName } from '../../../../element-types.ts';
import { OnnxFormatError } from './format-error.ts';
import { inspectingModel } from './inspect-model.ts';
import { addDimensions, product, readEntry, shown } from './scan-tensors.ts';
import { WireReader } from './wire-reader.ts';

/** The longest message that protobuf reads. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Messages of onnx.proto that hold tensors, directly or not: the kinds of their fields by field number. */
const FIELDS = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
} as const;

type Kind = keyof typeof FIELDS;
type Files = ReadonlyMap<string, Uint8Array>;

/** A message that is written piece by piece, most of them views of the original. */
class Pieces {
  readonly list: Uint8Array[] = [];
  byteLength = 0;

  add(piece: Uint8Array): void {
    this.list.push(piece);
    this.byteLength += piece.byteLength;
  }

  /** A length-delimited field. */
  addField(field: number, { list, byteLength }: Pick<Pieces, 'list' | 'byteLength'>): void {
    const head = new PbfWriter();
    head.writeVarint(field * 8 + 2);
    head.writeVarint(byteLength);
    this.add(head.finish());
    for (const piece of list) this.add(piece);
  }
}

/** The files that hold its data, as the model names them; none for bytes that are no model. */
export function* locatingData(model: Uint8Array): Turns<readonly string[]> {
  try {
    const { externalData } = yield* inspectingModel(model);
    return externalData.filter((location) => location !== '');
  } catch (error) {
    if (error instanceof OnnxFormatError) return [];
    throw error;
  }
}

/**
 * @param model that `inspectingModel` has read: its graphs are nested no deeper than that allows
 * @param files the contents of each file of its `externalData`
 * @returns the model with every tensor's data inside; the same bytes if none was outside
 * @throws {OnnxFormatError} a tensor that does not fit its file, or a model that would be longer than {@link MAX_MODEL_BYTES}
 */
export function inlineData(model: Uint8Array, files: Files): Uint8Array {
  const pieces = rewrite(WireReader.over(model), 'model', files);
  if (pieces === undefined) return model;
  if (pieces.byteLength > MAX_MODEL_BYTES)
    throw new OnnxFormatError(
      `The model and its data have ${pieces.byteLength} bytes, and ${MAX_MODEL_BYTES} are the most that one model may have; quantize it, or split it.`,
    );
  const whole = new Uint8Array(pieces.byteLength);
  let at = 0;
  for (const piece of pieces.list) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/** @returns `undefined` for a message that need not change */
function rewrite(message: WireReader, kind: Kind, files: Files): Pieces | undefined {
  const fields: Partial<Record<number, Kind | 'tensor'>> = FIELDS[kind];
  const pieces = new Pieces();
  let changed = false;
  while (message.next()) {
    const inner = fields[message.field];
    const written =
      inner === 'tensor'
        ? rewriteTensor(message.message(), files)
        : inner && rewrite(message.message(), inner, files);
    if (written === undefined) pieces.add(message.raw());
    else pieces.addField(message.field, written);
    changed ||= written !== undefined;
  }
  return changed ? pieces : undefined;
}

/** Replaces `external_data` (13) and `data_location` (14) of a TensorProto with `raw_data` (9). */
function rewriteTensor(message: WireReader, files: Files): Pieces | undefined {
  const pieces = new Pieces();
  const dimensions: number[] = [];
  const entries = new Map<string, string>();
  let type = 0;
  let name = '';
  let external = false;
  while (message.next()) {
    if (message.field === 1) addDimensions(dimensions, message);
    if (message.field === 2) type = message.integer();
    if (message.field === 8) name = message.text();
    if (message.field === 13) entries.set(...readEntry(message.message()));
    if (message.field === 14) external = message.integer() !== 0;
    if (message.field !== 9 && message.field !== 13 && message.field !== 14) pieces.add(message.raw());
  }
  if (!external) return undefined;
  const bytes = bytesOf(`Tensor ${shown(name)}`, { type, elements: product(dimensions) }, entries, files);
  pieces.addField(9, { list: [bytes], byteLength: bytes.byteLength });
  return pieces;
}

/** @throws {OnnxFormatError} the bytes are missing, or not as many as the tensor's elements take */
function bytesOf(
  tensor: string,
  { type, elements }: { type: number; elements: number },
  entries: ReadonlyMap<string, string>,
  files: Files,
): Uint8Array {
  const location = entries.get('location') ?? '';
  const file = files.get(location);
  if (file === undefined)
    throw new OnnxFormatError(`${tensor} has its data in a file that it does not name.`);
  const typeName = elementTypeName(type);
  const bits = typeName && ELEMENTS.get(typeName)?.bits;
  if (bits === undefined)
    throw new OnnxFormatError(
      `${tensor} is ${typeName ?? `of type ${type}`}, which has no data in other files.`,
    );
  const needed = Math.ceil((elements * bits) / 8);
  const offset = numberOf(tensor, 'offset', entries.get('offset') ?? '0');
  const length = numberOf(tensor, 'length', entries.get('length') ?? String(needed));
  if (length !== needed)
    throw new OnnxFormatError(
      `${tensor} has dimensions for ${needed} bytes, and takes ${length} of ${shown(location)}.`,
    );
  if (offset + length > file.byteLength)
    throw new OnnxFormatError(
      `${tensor} takes the bytes ${offset} to ${offset + length} of ${shown(location)}, which has ${file.byteLength}: the file is cut off, or of another model.`,
    );
  return file.subarray(offset, offset + length);
}

function numberOf(tensor: string, key: string, text: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new OnnxFormatError(`${tensor} has the ${key} ${shown(text)}, which is no number of bytes.`);
}
