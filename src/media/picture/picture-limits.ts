import type { ServiceLimits } from '../../config/limits.ts';
import { type SandpiperError, inputTooLarge, unusableInput } from '../../errors.ts';
import type { PictureFormat } from './picture-format.ts';

export type PictureLimits = Pick<
  ServiceLimits,
  | 'picturePixels'
  | 'pictureScans'
  | 'pictureFrames'
  | 'regionPixels'
  | 'pictureDecodeMs'
  | 'pictureMemoryBytes'
  | 'slowPictures'
>;

const MAX_SIDE = 100_000;

/** @throws SandpiperError `input-too-large` */
export function checkPixels(width: number, height: number, { picturePixels }: PictureLimits): void {
  const pixels = width * height;
  if (pixels <= picturePixels && Math.max(width, height) <= MAX_SIDE) return;
  const excess =
    pixels > picturePixels
      ? `, ${pixels} in all, and at most ${picturePixels} are accepted`
      : `, and at most ${MAX_SIDE} to a side are accepted`;
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
