import { SandpiperError, invalidRequest } from '../errors.ts';
import { decodePixels, type Picture } from './decode-pixels.ts';
import { decodePlaced, type PlacedPicture } from './decode-placed.ts';
import { looksLikeBase64 } from './looks-like-base64.ts';
import type { PlacedInput } from './placed-input.ts';
import { STRIP } from './plan-picture.ts';
import { checkPictureInput, type PictureInput } from './picture-input.ts';
import { pictureProcesses } from './picture-process-handle.ts';
import type { PictureWish } from './picture-protocol.ts';
import { ACCEPTED_PICTURES, maybePictureFormat, type PictureFormat } from './picture/picture-format.ts';
import type { PictureLimits } from './picture/picture-limits.ts';
import type { PictureShape } from './picture/picture-shape.ts';
import { maybePictureShape } from './picture/read-picture.ts';
import { Semaphore, type Waiter } from '../async/semaphore.ts';

export type { Picture } from './decode-pixels.ts';
export type { PictureInput } from './picture-input.ts';
export type { PictureLimits } from './picture/picture-limits.ts';

/** One of libuv's four threads stays free for other work, such as reading files. */
const QUICK_SLOTS = 3;
/** One slot stays free for pictures that take a few milliseconds. */
const LONG_SLOTS = QUICK_SLOTS - 1;
/** A picture that costs more takes about 20 ms. */
const SHORT_WORK = 2_000_000;

/** Longest work on a quick picture: about a fifth of a second, far from the limit of time. */
const QUICK_WORK = 16_000_000;
const QUICK_WORK_PER_MS = 10_000;
/** Larger files are not read through on the main thread, which takes up to 5 ms a megabyte. */
const QUICK_BYTES = 8_000_000;
/** Reading these ends at the limits of their parts, however large they are. */
const READ_BY_PARTS: readonly PictureFormat[] = ['TIFF', 'AVIF', 'PNG', 'WebP'];
/** Pixels that the scaler may make of a quick picture. */
const QUICK_SCALED_PIXELS = 2_000_000;

/** A file that was looked into and may be decoded. */
export interface OpenPicture<Decoded = Picture> {
  /** Whether the file may be slow or take much memory, as far as reading tells: a process of its own decodes it. */
  slow: boolean;
  /** Whether it is slow or takes more than some milliseconds: hold nothing meanwhile that others wait for. */
  long: boolean;
  /**
   * The pixels that were wanted. With `signal` aborted the caller is let go at once.
   *
   * @throws SandpiperError `unusable-input` (damaged, cut short, too slow or too large to decode),
   *   `input-too-large` (what only the decoder could tell), `client-gone` or the signal's own reason,
   *   `not-ready` (the decoder is closed)
   */
  decode: (options?: Waiter) => Promise<Decoded>;
}

/**
 * Decodes pictures to the pixels that a component wants.
 *
 * Design: a decoder that runs on a thread of libuv's cannot be stopped, so it is given only files whose own
 * structure bounds its work: those are nearly all pictures that people send. All others are decoded in a process
 * that is killed at the limit of time or of memory. Nothing here changes a setting of sharp's in this process,
 * which may be an embedder's.
 */
export class PictureDecoder implements AsyncDisposable {
  readonly #limits: PictureLimits;
  readonly #quick = new Semaphore(QUICK_SLOTS);
  readonly #long = new Semaphore(LONG_SLOTS);
  readonly #processes: ReturnType<typeof pictureProcesses>;

  constructor(limits: PictureLimits) {
    this.#limits = limits;
    this.#processes = pictureProcesses(limits.slowPictures);
  }

  /**
   * `bytes` must stay unchanged until the picture is decoded.
   *
   * @throws SandpiperError `invalid-request` (empty), `unsupported-media` (not an accepted format),
   *   `input-too-large` (pixels, scans, frames, pages or items), `invalid-component` (see {@link checkPictureInput})
   */
  open(bytes: Uint8Array, want: PictureInput): OpenPicture {
    checkPictureInput(want);
    const fraction = want.fit === 'crop' ? want.cropFraction : 1;
    const limits = this.#limits;
    return this.#open(bytes, {
      wish: { kind: 'fixed', want },
      scaledPixels: () => (want.width / fraction) * (want.height / fraction),
      quick: async (file, format) => decodePixels(file, format, want, limits),
    });
  }

  /** The same for a component of the open contract, whose wish has been checked. */
  openPlaced(bytes: Uint8Array, want: PlacedInput): OpenPicture<PlacedPicture> {
    const limits = this.#limits;
    const scaled = want.size === 'exact' ? want.width * want.height : want.longestSide ** 2;
    return this.#open(bytes, {
      wish: { kind: 'placed', want },
      // The kept picture is scaled only if it is too large.
      scaledPixels: ({ width, height }) =>
        scaled + (want.regions && width * height > limits.regionPixels ? limits.regionPixels : 0),
      quick: async (file, format) => decodePlaced(file, format, want, limits),
    });
  }

  #open<Decoded extends Picture>(bytes: Uint8Array, work: PictureWork<Decoded>): OpenPicture<Decoded> {
    if (bytes.byteLength === 0) {
      throw invalidRequest(`The picture is empty: send ${ACCEPTED_PICTURES}`);
    }
    const format = maybePictureFormat(bytes);
    if (format === undefined) {
      throw new SandpiperError(
        'unsupported-media',
        looksLikeBase64(bytes)
          ? `The file is text in base64 and not a picture: decode it, or declare it by its tensor's parameter content_type of "base64", and send ${ACCEPTED_PICTURES}`
          : `The file is not a picture of an accepted format: send ${ACCEPTED_PICTURES}`,
      );
    }
    const limits = this.#limits;
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isRead = file.length <= QUICK_BYTES || READ_BY_PARTS.includes(format);
    const shape = isRead ? maybePictureShape(file, format, limits) : undefined;
    if (shape !== undefined && file.length <= QUICK_BYTES && isQuick(shape, work, limits)) {
      const picture = file.subarray(0, shape.end);
      const decode = async (options?: Waiter) =>
        this.#quick.run(async () => work.quick(picture, format), options);
      const long = shape.work > SHORT_WORK;
      return {
        slow: false,
        long,
        decode: long ? async (options) => this.#long.run(async () => decode(options), options) : decode,
      };
    }
    return {
      slow: true,
      long: true,
      decode: async (options = {}) => {
        const request = { ...work.wish, format, limits };
        return this.#processes.run(
          async (process, signal) => (await process.decode(request, file, signal)) as Picture as Decoded,
          options,
        );
      },
    };
  }

  async decode(bytes: Uint8Array, want: PictureInput, options?: Waiter): Promise<Picture> {
    return this.open(bytes, want).decode(options);
  }

  /** Ends the processes; pictures that they decode fail with `not-ready`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes[Symbol.asyncDispose]();
  }
}

/** How one wish is met. */
interface PictureWork<Decoded> {
  wish: PictureWish;
  /** Most pixels that the scaler makes. */
  scaledPixels: (shape: PictureShape) => number;
  quick: (file: Buffer, format: PictureFormat) => Promise<Decoded>;
}

function isQuick(
  shape: PictureShape,
  { scaledPixels }: Pick<PictureWork<unknown>, 'scaledPixels'>,
  { pictureDecodeMs }: PictureLimits,
): boolean {
  const { width, height, work } = shape;
  return (
    work <= Math.min(QUICK_WORK, pictureDecodeMs * QUICK_WORK_PER_MS) &&
    scaledPixels(shape) <= QUICK_SCALED_PIXELS &&
    Math.max(width, height) <= STRIP * Math.min(width, height)
  );
}
