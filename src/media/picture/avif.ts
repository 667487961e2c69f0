import { inputTooLarge } from '../../errors.ts';
import { tooMany, type PictureLimits } from './picture-limits.ts';
import type { PictureShape } from './picture-shape.ts';

/** Memory of the decoder per pixel in bytes, planes and copies together. */
const BYTES_PER_PIXEL = 20;

/** Boxes that contain boxes, and the number of bytes before those. */
const HOLDERS = new Map([
  ['meta', 4],
  ['iprp', 0],
  ['ipco', 0],
]);
const DEEPEST = 4;
/** Most boxes; real files have some dozens. */
const MAX_BOXES = 20_000;

/** Offset of the first brand, in the box `ftyp` that begins the file. */
const FIRST_BRAND = 8;

interface Found {
  width: number;
  height: number;
  items: number;
  boxes: number;
}

/**
 * Reads the largest size of any item, since the picture may be any of them or a grid of them.
 * @throws SandpiperError `input-too-large`
 */
export function readAvif(bytes: Buffer, limits: PictureLimits): PictureShape | undefined {
  const found: Found = { width: 0, height: 0, items: 0, boxes: 0 };
  readBoxes(bytes, [0, bytes.length], found, DEEPEST);
  if (found.items > limits.pictureFrames) throw tooMany('AVIF', 'items', limits.pictureFrames);
  const { width, height } = found;
  const most = Math.floor(limits.pictureMemoryBytes / BYTES_PER_PIXEL);
  if (width * height > most && width * height <= limits.picturePixels) {
    throw inputTooLarge(
      `The AVIF picture has ${width} x ${height} pixels, and decoding more than ${most} takes too much memory: send it smaller, or as a JPEG`,
    );
  }
  return { width, height, work: Infinity, end: bytes.length };
}

/**
 * Names AVIF in place as the first brand of a file that has it among others, since the decoder looks at the first
 * alone: animations have `avis` there, whose first frame is an item of its own, and other writers what they follow.
 */
export function brandAsAvif(bytes: Buffer): void {
  bytes.write('avif', FIRST_BRAND, 'latin1');
}

function readBoxes(
  bytes: Buffer,
  [start, end]: readonly [number, number],
  found: Found,
  depth: number,
): void {
  for (let at = start; at + 8 <= end;) {
    const short = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? end - at : short;
    if (size < head || ++found.boxes > MAX_BOXES) return;
    const [from, to] = [at + head, Math.min(at + size, end)];
    const skip = HOLDERS.get(type);
    if (skip !== undefined && depth > 0) readBoxes(bytes, [from + skip, to], found, depth - 1);
    if (type === 'iinf') {
      found.items = bytes.readUInt8(from) === 0 ? bytes.readUInt16BE(from + 4) : bytes.readUInt32BE(from + 4);
    }
    if (type === 'ispe') {
      const [width, height] = [bytes.readUInt32BE(from + 4), bytes.readUInt32BE(from + 8)];
      if (width * height > found.width * found.height) [found.width, found.height] = [width, height];
    }
    at += size;
  }
}
