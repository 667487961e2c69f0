/**
 * bfloat16 is the upper half of a float32, so widening is a shift and loses nothing. Bytes are little-endian,
 * as in wasi:nn and on every machine that ONNX Runtime is built for.
 */

const HALF_BYTES = 2;
const SIGN_AND_EXPONENT = 16;

/**
 * Every value exactly, NaN payloads, infinities, -0 and subnormals too.
 *
 * @param bytes 2 for each element, at any alignment
 * @throws {RangeError} an odd number of bytes
 */
export function float32FromBfloat16(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  if (bytes.byteLength % HALF_BYTES !== 0)
    throw new RangeError(`bfloat16 elements take 2 bytes each, and ${bytes.byteLength} is odd`);
  const halves = new Uint16Array(bytes.byteLength / HALF_BYTES);
  new Uint8Array(halves.buffer).set(bytes);
  const floats = new Float32Array(halves.length);
  const words = new Uint32Array(floats.buffer);
  // An indexed loop: several times faster than `from` with a function, and tensors have millions of elements.
  for (let i = 0; i < halves.length; i++) words[i] = (halves[i] ?? 0) << SIGN_AND_EXPONENT;
  return floats;
}

/**
 * The way back, for numbers that came from bfloat16, whose lower halves are zero. Any other number is cut
 * towards zero, not rounded.
 *
 * @returns 2 bytes for each element
 */
export function bfloat16FromFloat32(floats: Float32Array): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) halves[i] = (words[i] ?? 0) >>> SIGN_AND_EXPONENT;
  return new Uint8Array(halves.buffer);
}
