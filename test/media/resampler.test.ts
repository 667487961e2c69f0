import { describe, expect, it } from 'vitest';
import { Resampler } from '../../src/media/sound/resampler.ts';

/** Half a second of a sine of full scale, resampled in pieces of `piece` samples. */
function resampled(hertz: number, inputRate: number, outputRate: number, piece = 1_000): Float32Array {
  const samples = Float32Array.from({ length: inputRate / 2 }, (_, at) =>
    Math.sin((2 * Math.PI * hertz * at) / inputRate),
  );
  const resampler = new Resampler(inputRate, outputRate);
  const output: number[] = [];
  for (let at = 0; at < samples.length; at += piece)
    output.push(...resampler.push(samples.subarray(at, at + piece)));
  output.push(...resampler.end());
  return Float32Array.from(output);
}

/** Root mean square in decibels of a full-scale sine, without the ends, where the sound is cut off. */
function level(samples: Float32Array): number {
  const middle = samples.subarray(800, -800);
  const power = middle.reduce((sum, sample) => sum + sample ** 2, 0) / middle.length;
  return 10 * Math.log10(2 * power);
}

describe('Resampler', () => {
  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [8_000, 16_000],
    [11_026, 16_000],
    [96_000, 16_000],
    [192_000, 16_000],
    [384_000, 16_000],
    [383_990, 16_000],
  ])('keeps the level of what passes from %i Hz to %i Hz within 0.02 dB', (from, to) => {
    const nyquist = Math.min(from, to) / 2;
    for (const share of [0.02, 0.3, 0.6, 0.85]) {
      expect(level(resampled(share * nyquist, from, to))).toBeCloseTo(0, 1.7);
    }
  });

  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [96_000, 16_000],
    [48_000, 8_000],
    [64_000, 16_000],
    [384_000, 16_000],
    [383_990, 16_000],
  ])('rejects what would alias from %i Hz to %i Hz by more than 75 dB', (from, to) => {
    for (const hertz of [0.501 * to, 0.6 * to, 0.8 * to, 0.99 * to, from / 2 - 200]) {
      expect(level(resampled(hertz, from, to))).toBeLessThan(-75);
    }
  });

  it('keeps every sample in its place: no delay, no drift, whole numbers or not', () => {
    for (const rate of [48_000, 44_100, 8_000, 44_098, 96_000, 383_990]) {
      const output = resampled(440, rate, 16_000);
      output.subarray(500, -500).forEach((sample, at) => {
        expect(Math.abs(sample - Math.sin((2 * Math.PI * 440 * (at + 500)) / 16_000))).toBeLessThan(1e-3);
      });
    }
  });

  it('gives exactly the length that the rates say, however the samples come', () => {
    for (const piece of [1, 7, 441, 22_050]) {
      expect(resampled(440, 44_100, 16_000, piece)).toHaveLength(8_000);
    }
    for (const rate of [44_100, 352_800]) {
      expect(resampled(440, rate, 16_000, 7)).toEqual(resampled(440, rate, 16_000, 9_999));
    }
    for (let length = 1; length < 60; length++) {
      const high = new Resampler(384_000, 16_000);
      const samples = [...high.push(new Float32Array(length)), ...high.end()];
      expect(samples).toHaveLength(Math.round(length / 24));
    }
    const short = new Resampler(8_000, 16_000);
    expect([...short.push(Float32Array.of(0.5)), ...short.end()]).toHaveLength(2);
  });

  it('keeps a constant constant', () => {
    const resampler = new Resampler(44_100, 16_000);
    const output = resampler.push(new Float32Array(44_100).fill(0.5));
    for (const sample of output.subarray(100)) expect(sample).toBeCloseTo(0.5, 5);
  });
});
