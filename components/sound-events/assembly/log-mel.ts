/** Sound as YAMNet sees it: for every 10 ms the logarithms of 64 bands of a spectrum, narrow below and wide above. */
import { SAMPLE_RATE } from './settings';
import { BINS, SIZE, Spectrum } from './spectrum';

/** Samples of a frame, 25 ms, and from one frame to the next, 10 ms. */
export const FRAME: i32 = 400;
export const HOP: i32 = 160;
export const BANDS: i32 = 64;

const LOWEST_HERTZ: f64 = 125;
const HIGHEST_HERTZ: f64 = 7_500;
/** Keeps the logarithm of silence finite. */
const OFFSET: f32 = 0.001;

export class LogMel {
  private spectrum: Spectrum = new Spectrum();
  /** Periodic Hann window. */
  private window: StaticArray<f32> = new StaticArray<f32>(FRAME);
  /** A bin counts into the band above the edge before it, rising, and into the band below, falling. */
  private rising: StaticArray<f32> = new StaticArray<f32>(BINS);
  private falling: StaticArray<f32> = new StaticArray<f32>(BINS);
  /** The band into which a bin rises; -1 below and above all. It falls out of the one before. */
  private bands: StaticArray<i32> = new StaticArray<i32>(BINS);
  private sums: StaticArray<f32> = new StaticArray<f32>(BANDS + 2);

  constructor() {
    for (let i = 0; i < FRAME; i++) this.window[i] = <f32>(0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME));
    // Band b rises from edge b to edge b + 1 and falls to edge b + 2; edges are evenly spaced in mel.
    const lowest = mel(LOWEST_HERTZ);
    const step = (mel(HIGHEST_HERTZ) - lowest) / (BANDS + 1);
    for (let bin = 0; bin < BINS; bin++) {
      const place = (mel((<f64>bin * SAMPLE_RATE) / SIZE) - lowest) / step;
      const edge = Math.floor(place);
      this.bands[bin] = place >= 0 && edge <= BANDS ? <i32>edge : -1;
      this.rising[bin] = <f32>(place - edge);
      this.falling[bin] = <f32>(1 - (place - edge));
    }
  }

  /** Writes the bands of the frame that starts at sample `at`, `BANDS` numbers from `into` on. */
  frame(samples: Float32Array, at: i32, result: Float32Array, into: i32): void {
    const signal = this.spectrum.signal;
    for (let i = 0; i < FRAME; i++) unchecked((signal[i] = samples[at + i] * this.window[i]));
    this.spectrum.transform();
    const magnitudes = this.spectrum.magnitudes;
    // sums[b + 1] is band b; the first and the last take what falls out of the outermost bands.
    const sums = this.sums;
    for (let i = 0; i < BANDS + 2; i++) unchecked((sums[i] = 0));
    for (let bin = 0; bin < BINS; bin++) {
      const band = unchecked(this.bands[bin]);
      if (band < 0) continue;
      unchecked((sums[band + 1] += magnitudes[bin] * this.rising[bin]));
      unchecked((sums[band] += magnitudes[bin] * this.falling[bin]));
    }
    for (let band = 0; band < BANDS; band++) {
      unchecked((result[into + band] = Mathf.log(sums[band + 1] + OFFSET)));
    }
  }
}

function mel(hertz: f64): f64 {
  return 1127 * Math.log1p(hertz / 700);
}
