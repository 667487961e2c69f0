import { MAX_SIDE } from './picture-input.ts';

/** The picture that a component of the open contract wants: `picture-input` of wit/prediction.wit. */
export type PlacedInput = PlacedSize & {
  filter: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
  format: 'rgb8' | 'gray8';
  /** Whether parts of the client's own picture are wanted, too. */
  regions: boolean;
};

export type PlacedSize =
  | { size: 'exact'; width: number; height: number; fit: 'crop' | 'pad' | 'stretch' }
  /** The aspect ratio is kept. */
  | { size: 'bounded'; longestSide: number; multiple: number; enlarge: boolean };

const MAX_MULTIPLE = 512;

/** Why no picture can be made of it, as half a sentence; undefined if one can. */
export function placedInputFault(want: PlacedInput): string | undefined {
  const whole = (name: string, value: number, most: number): string | undefined =>
    Number.isInteger(value) && value >= 1 && value <= most
      ? undefined
      : `its ${name} is ${value}, expected a whole number from 1 to ${most}`;
  if (want.size === 'exact') {
    return whole('width', want.width, MAX_SIDE) ?? whole('height', want.height, MAX_SIDE);
  }
  return whole('longest-side', want.longestSide, MAX_SIDE) ?? whole('multiple', want.multiple, MAX_MULTIPLE);
}
