/** Byte strings of any length in one buffer, each after its length in 4 little-endian bytes, as in Triton. */

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
 * The elements, as views of `packed`.
 *
 * @throws RangeError if the lengths do not add up to the buffer's length, or there are more than `most`
 */
export function unpackElements(packed: Uint8Array, most = Infinity): Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const elements: Uint8Array[] = [];
  for (let offset = 0; offset < packed.byteLength;) {
    if (elements.length === most) throw new RangeError(`there are more than ${most} elements`);
    const start = offset + LENGTH_BYTES;
    offset = start + view.getUint32(offset, true);
    if (offset > packed.byteLength) throw new RangeError('an element is longer than what holds it');
    elements.push(packed.subarray(start, offset));
  }
  return elements;
}
