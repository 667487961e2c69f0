import { tooMany, type PictureLimits } from './picture-limits.ts';
import type { PictureShape } from './picture-shape.ts';

const SCREEN_BYTES = 13;
const EXTENSION = 0x21;
const FRAME = 0x2c;
const FRAME_BYTES = 10;
/** Cost per pixel: the decoder makes four bytes of each and passes over them twice. */
const WORK = 4;
/** Reads all frames and blocks, as the decoder does, although only the first frame is used. */
const USUAL_FRAMES = 100;

export function readGif(bytes: Buffer, limits: PictureLimits): PictureShape | undefined {
  let [width, height] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
  let frames = 0;
  let at = SCREEN_BYTES + paletteBytes(bytes.readUInt8(10));
  for (; at < bytes.length && frames <= limits.pictureFrames;) {
    const kind = bytes.readUInt8(at);
    if (kind === EXTENSION) {
      at = blocksEnd(bytes, at + 2);
      continue;
    }
    if (kind !== FRAME) break;
    frames++;
    // A frame that reaches beyond the screen enlarges it.
    width = Math.max(width, bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 5));
    height = Math.max(height, bytes.readUInt16LE(at + 3) + bytes.readUInt16LE(at + 7));
    at = blocksEnd(bytes, at + FRAME_BYTES + paletteBytes(bytes.readUInt8(at + 9)) + 1);
  }
  if (frames > limits.pictureFrames) throw tooMany('GIF', 'frames', limits.pictureFrames);
  const work = frames <= USUAL_FRAMES ? width * height * WORK : Infinity;
  return { width, height, work, end: bytes.length };
}

/** Size of the palette, of three bytes a colour. */
function paletteBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** End of a list of blocks: each begins with its length in one byte, and an empty one is the last. */
function blocksEnd(bytes: Buffer, from: number): number {
  let at = from;
  for (let length = bytes.readUInt8(at); length > 0; length = bytes.readUInt8(at)) at += 1 + length;
  return at + 1;
}
