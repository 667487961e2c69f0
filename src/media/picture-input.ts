import { invalidComponent } from '../errors.ts';

/** The picture that a component wants: `image-input` of wit/image-classifier.wit. */
export interface PictureInput {
  /** Pixels; from 1 to 4,096. */
  width: number;
  height: number;
  fit: 'crop' | 'pad' | 'stretch';
  /** With `crop` only: the share of the scaled picture's shorter side that is kept, above 0, at most 1. */
  cropFraction: number;
  filter: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
  format: 'rgb8' | 'gray8';
}

/** Pixels of a side that a component may ask for. */
export const MAX_SIDE = 4_096;

/** Largest size before the crop: a tiny fraction would otherwise ask for gigabytes. */
const MAX_SCALED_SIDE = 16_384;

/** Checks what a component asks for; values come from inside the sandbox. @throws SandpiperError `invalid-component` */
export function checkPictureInput(want: PictureInput): PictureInput {
  for (const side of ['width', 'height'] as const) {
    const pixels = want[side];
    if (!Number.isInteger(pixels) || pixels < 1 || pixels > MAX_SIDE) {
      refuse(side, pixels, `a whole number from 1 to ${MAX_SIDE}`);
    }
  }
  if (!['crop', 'pad', 'stretch'].includes(want.fit)) refuse('fit', want.fit, 'crop, pad or stretch');
  if (!['nearest', 'bilinear', 'bicubic', 'lanczos'].includes(want.filter)) {
    refuse('filter', want.filter, 'nearest, bilinear, bicubic or lanczos');
  }
  if (!['rgb8', 'gray8'].includes(want.format)) refuse('format', want.format, 'rgb8 or gray8');
  if (want.fit !== 'crop') return want;
  const fraction = want.cropFraction;
  if (!(fraction > 0 && fraction <= 1)) refuse('crop-fraction', fraction, 'above 0 and at most 1');
  if (Math.max(want.width, want.height) / fraction > MAX_SCALED_SIDE) {
    refuse('crop-fraction', fraction, `large enough that side / crop-fraction is at most ${MAX_SCALED_SIDE}`);
  }
  return want;
}

function refuse(field: string, value: unknown, expected: string): never {
  throw invalidComponent(
    `Cannot use the picture size that the component describes: ${field} is ${String(value)}, expected ${expected}`,
  );
}
