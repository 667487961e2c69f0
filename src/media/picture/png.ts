import type { PictureShape } from './picture-shape.ts';

const SIGNATURE_BYTES = 8;
/** Length, type and checksum. */
const CHUNK_BYTES = 12;
/** Inflating and undoing filters costs about twice what a JPEG's pixel does. */
const WORK = 2;

/** More than these are unusual, and what a library does with them is not bounded by the pixels. */
const USUAL = { chunks: 20_000, besideBytes: 1_000_000, deflatedBytes: 32_768 };

/** Chunks beside the pixels that are inflated, each of which may grow a thousandfold. */
const DEFLATED = new Set(['iCCP', 'zTXt', 'iTXt']);

/** A picture of 8 bits or less, row by row, with little beside its pixels, is bounded by them. */
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
