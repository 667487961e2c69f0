/**
 * A part of a picture, scaled: each pixel is the mean of the area that it covers where the part is made smaller, and
 * between its neighbours (bilinear) where it is made larger. Beyond the picture's edges everything is black.
 */
import { luma } from '../../media/luma.ts';
import type { Box } from '../../media/plan-picture.ts';
import type { KeptPicture } from '../../media/decode-placed.ts';

const CHANNELS = 3;

/** In pixels of the client's own picture. */
export type Region = Box;

/** The pixels that one pixel of the result is made of, along one axis. */
interface Taps {
  first: number;
  weights: Float32Array;
}

export function cutRegion(
  picture: KeptPicture,
  { left, top, width: regionWidth, height: regionHeight }: Region,
  { width, height, format }: { width: number; height: number; format: 'rgb8' | 'gray8' },
): Uint8Array {
  const [scaleX, scaleY] = [picture.width / picture.originalWidth, picture.height / picture.originalHeight];
  const columns = tapsAlong(left * scaleX, (regionWidth * scaleX) / width, width, picture.width);
  const rows = tapsAlong(top * scaleY, (regionHeight * scaleY) / height, height, picture.height);
  const rgb = new Uint8Array(width * height * CHANNELS);
  const sums = new Float32Array(width * CHANNELS);
  // Neighbouring rows of the result are made of the same rows of the picture.
  const lines = [0, 1].map(() => ({ row: -1, values: new Float32Array(width * CHANNELS) }));
  for (const [y, { first, weights }] of rows.entries()) {
    sums.fill(0);
    for (const [at, weight] of weights.entries()) {
      const row = first + at;
      const line = lines[row % 2];
      if (line === undefined) continue;
      if (line.row !== row) scaleRow(picture, row, columns, line.values);
      line.row = row;
      for (let index = 0; index < sums.length; index++)
        sums[index] = (sums[index] ?? 0) + weight * (line.values[index] ?? 0);
    }
    const from = y * width * CHANNELS;
    for (let index = 0; index < sums.length; index++) rgb[from + index] = Math.round(sums[index] ?? 0);
  }
  return format === 'rgb8' ? rgb : luma(rgb);
}

/** @param scale pixels of the picture for each of the result */
function tapsAlong(start: number, scale: number, count: number, size: number): Taps[] {
  return Array.from({ length: count }, (_, index) =>
    scale > 1
      ? areaTaps(start + index * scale, scale, size)
      : neighbourTaps(start + (index + 0.5) * scale, size),
  );
}

function areaTaps(from: number, length: number, size: number): Taps {
  const [begin, end] = [Math.max(0, from), Math.min(size, from + length)];
  const first = Math.floor(begin);
  const weights = new Float32Array(Math.max(0, Math.ceil(end) - first));
  for (let at = 0; at < weights.length; at++) {
    const covered = Math.min(end, first + at + 1) - Math.max(begin, first + at);
    weights[at] = Math.max(0, covered) / length;
  }
  return { first, weights };
}

function neighbourTaps(centre: number, size: number): Taps {
  if (centre < 0 || centre >= size) return { first: 0, weights: new Float32Array() };
  const at = Math.min(Math.max(centre - 0.5, 0), size - 1);
  const first = Math.floor(at);
  const share = at - first;
  return { first, weights: share === 0 ? Float32Array.of(1) : Float32Array.of(1 - share, share) };
}

function scaleRow(
  { width, pixels }: KeptPicture,
  row: number,
  columns: readonly Taps[],
  line: Float32Array,
): void {
  const start = row * width * CHANNELS;
  for (const [x, { first, weights }] of columns.entries()) {
    let [red, green, blue] = [0, 0, 0];
    for (let at = 0; at < weights.length; at++) {
      const weight = weights[at] ?? 0;
      const from = start + (first + at) * CHANNELS;
      red += weight * (pixels[from] ?? 0);
      green += weight * (pixels[from + 1] ?? 0);
      blue += weight * (pixels[from + 2] ?? 0);
    }
    line[x * CHANNELS] = red;
    line[x * CHANNELS + 1] = green;
    line[x * CHANNELS + 2] = blue;
  }
}
