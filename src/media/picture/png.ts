import type { PictureShape } from './picture-shape.ts';

const SIGNATURE_BYTES = 8;
/** Length, type and checksum. */
const CHUNK_BYTES = 12;
/** Cost per pixel: inflating and unfiltering takes about twice as long as a JPEG's pixel. */
const WORK = 2;

/** Usual bounds of data beside the pixels, beyond which the number of pixels does not bound the cost. */
const USUAL = { chunks: 20_000, besideBytes: 1_000_000, deflatedBytes: 32_768 };

/** Compressed chunks beside the pixels, each of which may grow a thousandfold. */
const DEFLATED = new Set(['iCCP', 'zTXt', 'iTXt']);

/** The number of pixels bounds the cost of a non-interlaced picture of at most 8 bits with little other data. */
export function readPng(bytes: Buffer): PictureShape | undefined {
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [depth, interlaced] = [bytes.readUInt8(24), bytes.readUInt8(28) !== 0];
  let [chunks, besideBytes, deflatedBytes] = [0, 0, 0];
  let at = SIGNATURE_BYTES;
  for (let type = ''; type !== 'IEND'; chunks++) {
    if (chunks === USUAL.chunks) return { width, height, work: Infinity, end: bytes.length };
    const length = bytes.readUInt32BE(at);
    type = bytes.toString('latin1', at + 4, at + 8);
    if (type !== 'IDAT') besideBytes += length;
    if (DEFLATED.has(type)) deflatedBytes += length;
    at += CHUNK_BYTES + length;
  }
  const usual =
    !interlaced && depth <= 8 && besideBytes <= USUAL.besideBytes && deflatedBytes <= USUAL.deflatedBytes;
  return { width, height, work: usual ? width * height * WORK : Infinity, end: Math.min(at, bytes.length) };
}
