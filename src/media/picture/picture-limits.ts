import { type SandpiperError, inputTooLarge, unusableInput } from '../../errors.ts';
import type { PictureFormat } from './picture-format.ts';

export interface PictureLimits {
  /** Most pixels, before any scaling. */
  picturePixels: number;
  /** Most scans of a JPEG, each of which covers all its pixels. */
  pictureScans: number;
  /** Most frames, pages or items of one file; only the first is used. */
  pictureFrames: number;
  /** Pixels that are kept of a picture whose regions are read; a larger one is scaled down. */
  regionPixels: number;
  /** Time to decode one picture, in ms. */
  pictureDecodeMs: number;
  /** Memory of the process that decodes a slow picture. */
  pictureMemoryBytes: number;
  /** Most slow pictures that are decoded at a time, each in its own process. */
  slowPictures: number;
}

const LONGEST_SIDE = 100_000;

/** @throws SandpiperError `input-too-large` */
export function checkPixels(width: number, height: number, { picturePixels }: PictureLimits): void {
  const pixels = width * height;
  if (pixels <= picturePixels && Math.max(width, height) <= LONGEST_SIDE) return;
  const excess =
    pixels > picturePixels
      ? `, ${pixels} in all, and at most ${picturePixels} are accepted`
      : `, and at most ${LONGEST_SIDE} to a side are accepted`;
  throw inputTooLarge(`The picture has ${width} x ${height} pixels${excess}: send it smaller`);
}

/** The error for a count that stops at the first item over the limit. */
export function tooMany(format: PictureFormat, what: string, most: number): SandpiperError {
  return inputTooLarge(
    `The ${format} picture has more than ${most} ${what}, and no more are accepted: save it again as a plain JPEG or PNG and send that`,
  );
}

export function unusable(format: PictureFormat, why: string, options?: ErrorOptions): SandpiperError {
  return unusableInput(`Cannot decode the ${format} picture: ${why}`, options);
}
