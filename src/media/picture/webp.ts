import { tooMany, type PictureLimits } from './picture-limits.ts';
import type { PictureShape } from './picture-shape.ts';

/** `RIFF`, size, `WEBP`. */
const HEADER_BYTES = 12;
/** Cost of a lossless pixel relative to a JPEG's. */
const WORK = 4;
const USUAL = { chunks: 1_000, profileBytes: 32_768 };
/** Each side has 14 bits in both kinds of frames. */
const SIDE = 0x3fff;

/** The number of pixels bounds the cost of a still picture with a small profile, but not that of an animation. */
export function readWebp(bytes: Buffer, limits: PictureLimits): PictureShape | undefined {
  let size: Pick<PictureShape, 'width' | 'height'> | undefined;
  let [chunks, frames, usual] = [0, 0, true];
  for (let at = HEADER_BYTES; at + 8 <= bytes.length; chunks++) {
    if (chunks > limits.pictureFrames + USUAL.chunks) throw tooMany('WebP', 'chunks', chunks - 1);
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    size ??= sizeOf(type, bytes, at + 8);
    if (type === 'ANMF' && ++frames > limits.pictureFrames) {
      throw tooMany('WebP', 'frames', limits.pictureFrames);
    }
    if (type === 'ICCP' && length > USUAL.profileBytes) usual = false;
    at += 8 + length + (length % 2);
  }
  if (size === undefined) return undefined;
  if (frames > 0 || chunks > USUAL.chunks) usual = false;
  return { ...size, work: usual ? size.width * size.height * WORK : Infinity, end: bytes.length };
}

function sizeOf(type: string, bytes: Buffer, at: number): Pick<PictureShape, 'width' | 'height'> | undefined {
  if (type === 'VP8X')
    return { width: bytes.readUIntLE(at + 4, 3) + 1, height: bytes.readUIntLE(at + 7, 3) + 1 };
  if (type === 'VP8 ') {
    return { width: bytes.readUInt16LE(at + 6) & SIDE, height: bytes.readUInt16LE(at + 8) & SIDE };
  }
  if (type !== 'VP8L') return undefined;
  const packed = bytes.readUInt32LE(at + 1);
  return { width: (packed & SIDE) + 1, height: ((packed >>> 14) & SIDE) + 1 };
}
