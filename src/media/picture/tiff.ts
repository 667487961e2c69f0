import { tooMany, unusable, type PictureLimits } from './picture-limits.ts';
import type { PictureShape } from './picture-shape.ts';

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  orientation: 274,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

const SHORT = 3;
const BIG_MAGIC = 43;

/** Reads a classic TIFF or BigTIFF, by its first 8 bytes; an EXIF block is a classic one too. */
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

  /** Offset of the directory after the one at `at`; 0 after the last. */
  next(at: number): number {
    const entries = this.#entries(at);
    return this.offset(entries.start + entries.count * entries.bytes);
  }

  /** The first value of a tag in the directory at `at`; undefined if it is missing. */
  maybeValue(at: number, tag: number): number | undefined {
    const { start, count, bytes } = this.#entries(at);
    for (let entry = start; entry < start + count * bytes; entry += bytes) {
      if (this.u16(entry) !== tag) continue;
      const isShort = this.u16(entry + 2) === SHORT;
      const values = this.offset(entry + 4);
      const inside = values * (isShort ? 2 : 4) <= (this.big ? 8 : 4);
      const place = entry + (this.big ? 12 : 8);
      const value = inside ? place : this.offset(place);
      return isShort ? this.u16(value) : this.u32(value);
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

/** The cost is unknown, since a TIFF may contain any kind of compression. */
export function readTiff(bytes: Buffer, limits: PictureLimits): PictureShape | undefined {
  const view = new TiffView(bytes);
  const first = view.firstDirectory;
  const [width, height] = [view.maybeValue(first, TAG.width), view.maybeValue(first, TAG.height)];
  if (width === undefined || height === undefined) return undefined;
  checkKind(view, first);
  const seen = new Set<number>();
  for (let at = first; at !== 0; at = view.next(at)) {
    if (seen.has(at)) throw unusable('TIFF', 'its pages lead in a circle; save it again and send that');
    if (seen.size === limits.pictureFrames) throw tooMany('TIFF', 'pages', limits.pictureFrames);
    seen.add(at);
  }
  return { width, height, work: Infinity, end: bytes.length };
}

/** Photometric interpretations that the decoder handles: white or black is zero, RGB, palette, CMYK. */
const SHOWN_PHOTOMETRICS = [0, 1, 2, 3, 5];
/** Interpretations that the decoder mistakes for RGB, unless the data are a JPEG, which it decodes to RGB. */
const YCBCR = 6;
const JPEG = 7;
const MAX_BITS = 16;
/** Sample formats: unsigned, and undefined. */
const UNSIGNED_FORMATS = [1, 4];
/** An extra sample that is no alpha. */
const UNKNOWN_EXTRA = 0;

/** @throws SandpiperError if the decoder would misinterpret the pixels */
function checkKind(view: TiffView, at: number): void {
  const value = (tag: keyof typeof TAG) => view.maybeValue(at, TAG[tag]);
  if (!UNSIGNED_FORMATS.includes(value('sampleFormat') ?? 1) || (value('bits') ?? 1) > MAX_BITS) {
    throw unusable(
      'TIFF',
      'its pixels are floating-point, signed or 32-bit numbers, which do not say what is black and what is white; save it with 8 or 16 bits a channel and send that',
    );
  }
  const photometric = value('photometric') ?? 1;
  const isShown =
    SHOWN_PHOTOMETRICS.includes(photometric) || (photometric === YCBCR && value('compression') === JPEG);
  if (!isShown || value('extraSamples') === UNKNOWN_EXTRA) {
    throw unusable(
      'TIFF',
      'its channels are not those of a grey, RGB or CMYK picture with or without alpha; save it as RGB and send that',
    );
  }
}

/** The orientation in an EXIF block, 1 to 8; 1 if there is none or it cannot be read. */
export function exifOrientation(block: Buffer): number {
  try {
    const view = new TiffView(block);
    const value = view.maybeValue(view.firstDirectory, TAG.orientation) ?? 1;
    return value >= 1 && value <= 8 ? value : 1;
  } catch (thrown) {
    if (thrown instanceof RangeError) return 1;
    throw thrown;
  }
}
