/** Byte strings of any length in one buffer, each behind its length in 4 little-endian bytes, as Triton has them. */

const LENGTH_BYTES = 4;

export function packElements(elements: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const total = elements.reduce((sum, { byteLength }) => sum + LENGTH_BYTES + byteLength, 0);
  const packed = new Uint8Array(total);
  const view = new DataView(packed.buffer);
  let offset = 0;
  for (const element of elements) {
    view.setUint32(offset, element.byteLength, true);
    packed.set(element, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + element.byteLength;
  }
  return packed;
}

/**
 * The elements where they lie.
 *
 * @throws RangeError where the lengths do not add up to the buffer's own
 */
export function unpackElements(packed: Uint8Array): Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const elements: Uint8Array[] = [];
  for (let offset = 0; offset < packed.byteLength;) {
    const start = offset + LENGTH_BYTES;
    offset = start + view.getUint32(offset, true);
    if (offset > packed.byteLength) throw new RangeError('an element is longer than what holds it');
    elements.push(packed.subarray(start, offset));
  }
  return elements;
}
