/** Elements and numbers of EBML (RFC 8794), the format of Matroska and WebM. */
import { unusable } from './sound-errors.ts';

export interface EbmlElement {
  /** The id with its length marker bit, as specifications write it. */
  id: number;
  start: number;
  /** Undefined if the size is unknown. */
  end: number | undefined;
}

/** @throws SandpiperError `unusable-input` */
export function readElement(bytes: Uint8Array, at: number): EbmlElement {
  const head = readVint(bytes, at);
  const size = readVint(bytes, head.next);
  const open = size.value === 2 ** (7 * (size.next - head.next)) - 1;
  let id = 0;
  for (const byte of bytes.subarray(at, head.next)) id = id * 256 + byte;
  return { id, start: size.next, end: open ? undefined : size.next + size.value };
}

/** Whether the head of an element, its id and its size, is there as a whole. */
export function hasHead(bytes: Uint8Array, at: number): boolean {
  const size = at + Math.max(1, Math.clz32(bytes[at] ?? 1) - 23);
  const body = size + Math.max(1, Math.clz32(bytes[size] ?? 1) - 23);
  return size < bytes.byteLength && body <= bytes.byteLength;
}

/** Reads a number whose leading zero bits give its length. @throws SandpiperError `unusable-input` */
export function readVint(bytes: Uint8Array, at: number): { value: number; next: number } {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || at + length > bytes.byteLength) throw unusable('the WebM file is damaged or cut short');
  let value = first & (0xff >> length);
  for (const byte of bytes.subarray(at + 1, at + length)) value = value * 256 + byte;
  return { value, next: at + length };
}

/** The last child of each id. @throws SandpiperError `unusable-input` */
export function readChildren(body: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < body.byteLength;) {
    const { id, start, end } = readElement(body, at);
    if (end === undefined || end > body.byteLength) throw unusable('the header of the WebM file is damaged');
    found.set(id, body.subarray(start, end));
    at = end;
  }
  return found;
}

/** The integer in an element; `missing` if there is no element. */
export function wholeNumber(body: Uint8Array | undefined, missing = 0): number {
  return body?.reduce((sum, byte) => sum * 256 + byte, 0) ?? missing;
}
