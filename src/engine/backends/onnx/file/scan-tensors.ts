import { GRAPH_BOUNDS } from '../../../../config/graph-bounds.ts';
import { OnnxFormatError } from './format-error.ts';
import type { WireReader } from './wire-reader.ts';

/** Contents of all tensors of the model. */
export interface TensorContents {
  /** Locations of tensor data outside the file; '' for a tensor that names none. */
  externalData: Set<string>;
  /** Elements of all sparse tensors together, zeros included. */
  sparseElements: number;
}

/** Most elements in one byte of a tensor: four of UINT2 or INT2. */
const ELEMENTS_PER_BYTE = 4;
/** Allowed whatever the message's length, so that a short message may declare a scalar. */
const ALWAYS_ALLOWED = 16;

/**
 * Reads the name, type and dimensions of a TensorProto and skips its data.
 *
 * @throws {OnnxFormatError} damaged, or its dimensions have more elements than the message can hold
 */
export function scanTensor(message: WireReader, contents: TensorContents): { name: string } {
  let name = '';
  const dimensions: number[] = [];
  let external = false;
  let located = false;
  while (message.next()) {
    if (message.field === 1) addDimensions(dimensions, message);
    if (message.field === 8) name = message.text();
    if (message.field === 14) external = message.integer() !== 0;
    if (message.field !== 13) continue;
    const [key, value] = readEntry(message.message());
    if (key !== 'location') continue;
    contents.externalData.add(value);
    located = true;
  }
  if (external && !located) contents.externalData.add('');
  const elements = product(dimensions);
  if (!external && elements > ELEMENTS_PER_BYTE * message.byteLength + ALWAYS_ALLOWED)
    throw new OnnxFormatError(
      `Tensor ${shown(name)} has dimensions for ${elements} elements, and ${message.byteLength} bytes.`,
    );
  return { name };
}

/** Reads a SparseTensorProto, which is named by its values. @throws {OnnxFormatError} as for tensors, or too large */
export function scanSparseTensor(message: WireReader, contents: TensorContents): { name: string } {
  let name = '';
  const dimensions: number[] = [];
  while (message.next()) {
    if (message.field === 1) name = scanTensor(message.message(), contents).name;
    if (message.field === 2) scanTensor(message.message(), contents);
    if (message.field === 3) addDimensions(dimensions, message);
  }
  const elements = product(dimensions);
  contents.sparseElements += elements;
  if (contents.sparseElements > GRAPH_BOUNDS.sparseElements)
    throw new OnnxFormatError(
      `Sparse tensors have dimensions for ${contents.sparseElements} elements, zeros included, and ${GRAPH_BOUNDS.sparseElements} are allowed.`,
    );
  return { name };
}

/** Adds those of the field that the reader has come to. @throws {OnnxFormatError} over `GRAPH_BOUNDS` */
export function addDimensions(dimensions: number[], message: WireReader): void {
  for (const each of message.integers()) {
    dimensions.push(each);
    if (dimensions.length > GRAPH_BOUNDS.dimensions)
      throw new OnnxFormatError(
        `A tensor has more than the ${GRAPH_BOUNDS.dimensions} dimensions that are allowed.`,
      );
  }
}

export function product(dimensions: readonly number[]): number {
  let elements = 1;
  for (const dimension of dimensions) {
    if (dimension < 0) throw new OnnxFormatError(`A tensor has a dimension of ${dimension}.`);
    elements *= dimension;
  }
  // Infinity times 0 would be NaN.
  return dimensions.includes(0) ? 0 : elements;
}

export function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** Reads a StringStringEntryProto. */
export function readEntry(message: WireReader): [key: string, value: string] {
  const [key = '', value = ''] = message.textsOf(1, 2);
  return [key, value];
}
