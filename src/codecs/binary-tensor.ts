/** Tensors as bytes: little-endian elements; an element of BYTES comes after its length in four bytes. */
import { unpackElements } from '../byte-elements.ts';
import { invalidRequest } from '../errors.ts';
import { elementCount } from '../element-types.ts';
import type { ClientTensor } from '../service/api/tensor-inference.ts';

/**
 * Reads a tensor of any length; whether the length fits the model is checked later, where the model is known.
 *
 * @throws SandpiperError `invalid-request` if the lengths of BYTES elements do not add up
 */
export function readBinaryTensor(
  tensor: Omit<ClientTensor, 'data'>,
  bytes: Uint8Array<ArrayBuffer>,
  bytesElements: number,
): ClientTensor {
  if (tensor.datatype !== 'BYTES') return { ...tensor, data: bytes };
  const count = elementCount(tensor.shape);
  assertFewElements(tensor.name, count, bytesElements);
  return { ...tensor, data: readElements(tensor.name, bytes, count) };
}

/** A tensor's bytes in parts, and their total length. */
export function writeBinaryTensor({ data }: ClientTensor): { parts: Uint8Array[]; size: number } {
  const parts = data instanceof Uint8Array ? [data] : data.flatMap((element) => [lengthOf(element), element]);
  return { parts, size: parts.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

/** Concatenates parts into a new buffer, which can be transferred. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}

/** @throws SandpiperError `invalid-request` */
export function assertFewElements(name: string, count: number, most: number): void {
  if (count <= most) return;
  throw invalidRequest(`input '${name}' has ${count} elements: at most ${most} of BYTES are taken`);
}

function readElements(name: string, bytes: Uint8Array, count: number): Uint8Array[] {
  try {
    const elements = unpackElements(bytes, count);
    if (elements.length === count) return elements;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw invalidRequest(
    `input '${name}': its shape has ${count} elements, each with its length in four bytes before it, and its ${bytes.byteLength} bytes are not that`,
  );
}

function lengthOf({ byteLength }: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(byteLength);
  return bytes;
}
