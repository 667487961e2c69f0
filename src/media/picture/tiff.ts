import { tooMany, unusable, type PictureLimits } from './picture-limits.ts';
import type { PictureShape } from './read-picture.ts';

const WIDTH = 256;
const HEIGHT = 257;
const ORIENTATION = 274;
const SHORT = 3;
const BIG_MAGIC = 43;

/** A classic or a BigTIFF, as the 8 bytes at its start say; an EXIF block is a classic one too. */
class TiffView {
  readonly bytes: Buffer;
  readonly big: boolean;
  readonly #little: boolean;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#little = bytes.readUInt8(0) === 0x49;
    this.big = this.u16(2) === BIG_MAGIC;
  }

  get firstDirectory(): number {
    return this.offset(this.big ? 8 : 4);
  }

  /** Where the directory after the one at `at` is; 0 after the last. */
  next(at: number): number {
    const entries = this.#entries(at);
    return this.offset(entries.start + entries.count * entries.bytes);
  }

  /** The first value of a tag of the directory at `at`, if it is there. */
  maybeValue(at: number, tag: number): number | undefined {
    const { start, count, bytes } = this.#entries(at);
    for (let entry = start; entry < start + count * bytes; entry += bytes) {
      const found = this.u16(entry);
      if (found !== tag) continue;
      const value = entry + (this.big ? 12 : 8);
      return this.u16(entry + 2) === SHORT ? this.u16(value) : this.u32(value);
    }
    return undefined;
  }

  u16(at: number): number {
    return this.#little ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  u32(at: number): number {
    return this.#little ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  offset(at: number): number {
    return this.big ? this.#u64(at) : this.u32(at);
  }

  #u64(at: number): number {
    return Number(this.#little ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at));
  }

  #entries(at: number): { start: number; count: number; bytes: number } {
    return this.big
      ? { start: at + 8, count: this.#u64(at), bytes: 20 }
      : { start: at + 2, count: this.u16(at), bytes: 12 };
  }
}

/** What it takes is never told: a TIFF holds pictures of any other kind. */
export function readTiff(bytes: Buffer, limits: PictureLimits): PictureShape | undefined {
  const view = new TiffView(bytes);
  const first = view.firstDirectory;
  const [width, height] = [view.maybeValue(first, WIDTH), view.maybeValue(first, HEIGHT)];
  const seen = new Set<number>();
  for (let at = first; at !== 0; at = view.next(at)) {
    if (seen.has(at)) throw unusable('TIFF', 'its pages lead in a circle; save it anew and send that');
    if (seen.size === limits.pictureFrames) throw tooMany('TIFF', 'pages', limits.pictureFrames);
    seen.add(at);
  }
  if (width === undefined || height === undefined) return undefined;
  return { width, height, work: Infinity, end: bytes.length };
}

/** The orientation that an EXIF block asks for, 1 to 8; 1 where it asks for none or cannot be read. */
export function exifOrientation(block: Buffer): number {
  try {
    const view = new TiffView(block);
    const value = view.maybeValue(view.firstDirectory, ORIENTATION) ?? 1;
    return value >= 1 && value <= 8 ? value : 1;
  } catch (thrown) {
    if (thrown instanceof RangeError) return 1;
    throw thrown;
  }
}
