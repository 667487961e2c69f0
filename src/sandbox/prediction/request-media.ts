/** Reads what of a request's pictures and sounds its component asks for: `request-media` of wit/prediction.wit. */
import type { KeptPicture } from '../../media/decode-placed.ts';
import { MAX_SIDE, type PictureInput } from '../../media/picture-input.ts';
import { shown } from './check-output.ts';
import { cutRegion, type Region } from './cut-region.ts';

/** One `read` of sound gives at most this many samples. */
export const MAX_SAMPLES_PER_READ = 4_194_304;

/** Sounds and pictures of a request by the name of their input, in the order of a repeated one. */
export interface CallMedia {
  /** Mono samples; of a contract that knows one sound, by the name `''`. */
  readonly sounds: ReadonlyMap<string, readonly Float32Array<ArrayBuffer>[]>;
  readonly pictures: ReadonlyMap<string, readonly KeptPicture[]>;
}

export type RegionArguments = [
  input: string,
  index: number,
  region: Region,
  width: number,
  height: number,
  format: PictureInput['format'],
];

/** @throws Error, a trap, for a sound that is not there */
export function soundOf(media: CallMedia | undefined, input: string, index: number): Float32Array {
  const sound = media?.sounds.get(input)?.[index];
  if (sound === undefined) throw new RangeError(`There is no sound ${index} of input ${shown(input)}.`);
  return sound;
}

/** Fewer where the sound ends, none beyond its end. */
export function readSamples(sound: Float32Array, offset: bigint, count: number): Float32Array {
  if (offset >= BigInt(sound.length)) return new Float32Array();
  const start = Number(offset);
  return sound.subarray(start, start + Math.min(count, MAX_SAMPLES_PER_READ));
}

/** @throws Error, a trap, for a picture that is not there or was not kept, and for a region that is none */
export function readRegion(
  media: CallMedia | undefined,
  ...[input, index, region, width, height, format]: RegionArguments
): Uint8Array {
  const picture = media?.pictures.get(input)?.[index];
  if (picture === undefined) {
    throw new RangeError(`There is no picture ${index} of input ${shown(input)} that regions are read of.`);
  }
  const sides = [region.left, region.top, region.width, region.height];
  if (!sides.every(Number.isFinite) || region.width <= 0 || region.height <= 0) {
    throw new RangeError(`A region of ${sides.join(', ')} has no pixels.`);
  }
  if (Math.min(width, height) < 1 || Math.max(width, height) > MAX_SIDE) {
    throw new RangeError(
      `A region is scaled to 1 to ${MAX_SIDE} pixels a side, not to ${width} x ${height}.`,
    );
  }
  return cutRegion(picture, region, { width, height, format });
}
