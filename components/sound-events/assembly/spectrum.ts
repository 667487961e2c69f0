/**
 * The magnitudes of a real signal's spectrum, by a fast Fourier transform.
 *
 * `SIZE` real numbers are taken for half as many complex ones, transformed by radix 2, and taken apart again: half the
 * work of a complex transform.
 */

/** Samples that are transformed; zeros behind what is given. */
export const SIZE: i32 = 512;
/** Frequencies from 0 to half the sample rate, both included. */
export const BINS: i32 = SIZE / 2 + 1;
const HALF: i32 = SIZE / 2;
const HALF_BITS: i32 = 8;

export class Spectrum {
  /** Write the signal here, then call `transform`. */
  signal: StaticArray<f32> = new StaticArray<f32>(SIZE);
  magnitudes: StaticArray<f32> = new StaticArray<f32>(BINS);
  /** cos and sin of a turn's k-th part of `SIZE`, for half a turn. */
  private cosines: StaticArray<f32> = new StaticArray<f32>(HALF);
  private sines: StaticArray<f32> = new StaticArray<f32>(HALF);
  /** Where each complex number goes before the first step: its index with the bits reversed. */
  private places: StaticArray<i32> = new StaticArray<i32>(HALF);
  private real: StaticArray<f32> = new StaticArray<f32>(HALF);
  private imaginary: StaticArray<f32> = new StaticArray<f32>(HALF);

  constructor() {
    for (let k = 0; k < HALF; k++) {
      this.cosines[k] = <f32>Math.cos((2 * Math.PI * k) / SIZE);
      this.sines[k] = <f32>Math.sin((2 * Math.PI * k) / SIZE);
      let place = 0;
      for (let bit = 0; bit < HALF_BITS; bit++) place |= ((k >> bit) & 1) << (HALF_BITS - 1 - bit);
      this.places[k] = place;
    }
  }

  transform(): void {
    for (let k = 0; k < HALF; k++) {
      const place = unchecked(this.places[k]);
      unchecked((this.real[place] = this.signal[2 * k]));
      unchecked((this.imaginary[place] = this.signal[2 * k + 1]));
    }
    for (let length = 1; length < HALF; length <<= 1) this.combine(length);
    this.takeApart();
  }

  /** One step: transforms of `length` become transforms of twice that. */
  private combine(length: i32): void {
    const real = this.real;
    const imaginary = this.imaginary;
    const stride = HALF / length;
    for (let k = 0; k < length; k++) {
      const cosine = unchecked(this.cosines[k * stride]);
      const sine = unchecked(this.sines[k * stride]);
      for (let even = k; even < HALF; even += 2 * length) {
        const odd = even + length;
        const re = unchecked(real[odd]) * cosine + unchecked(imaginary[odd]) * sine;
        const im = unchecked(imaginary[odd]) * cosine - unchecked(real[odd]) * sine;
        unchecked((real[odd] = real[even] - re));
        unchecked((imaginary[odd] = imaginary[even] - im));
        unchecked((real[even] += re));
        unchecked((imaginary[even] += im));
      }
    }
  }

  /** Combines the spectra of the even and the odd samples to the spectrum of all. */
  private takeApart(): void {
    unchecked((this.magnitudes[0] = abs<f32>(this.real[0] + this.imaginary[0])));
    unchecked((this.magnitudes[HALF] = abs<f32>(this.real[0] - this.imaginary[0])));
    for (let k = 1; k < HALF; k++) {
      const a = unchecked(this.real[k]);
      const b = unchecked(this.imaginary[k]);
      const c = unchecked(this.real[HALF - k]);
      const d = unchecked(this.imaginary[HALF - k]);
      const oddRe = (b + d) / 2;
      const oddIm = (c - a) / 2;
      const cosine = unchecked(this.cosines[k]);
      const sine = unchecked(this.sines[k]);
      const re = (a + c) / 2 + oddRe * cosine + oddIm * sine;
      const im = (b - d) / 2 + oddIm * cosine - oddRe * sine;
      unchecked((this.magnitudes[k] = Mathf.sqrt(re * re + im * im)));
    }
  }
}
