/**
 * Changes the sample rate of a stream with a windowed-sinc (Kaiser) low-pass.
 *
 * Zero phase: output sample k is the input at the time k / outputRate. Flat (within 0.01 dB) up to 87.5 % of
 * the lower rate's Nyquist frequency, 80 dB down from that frequency on. The position is computed in integers, so that
 * it does not drift.
 *
 * Rates of four times the output's and more are halved first, as often as needed, so that the long filter costs no more
 * than for lower rates.
 *
 * Our own, since it must work chunk by chunk with the decoders and return exactly the length that the rates imply.
 */
import { Halver } from './halver.ts';
import { ATTENUATION_DB, kaiser } from './kaiser.ts';

/** Width of the transition band relative to the lower rate's Nyquist frequency, where it ends. */
const TRANSITION = 0.125;

/** If the ratio of the rates needs more phases, the nearest two are interpolated. */
const MAX_PHASES = 1_024;

export class Resampler {
  readonly #sourceRate: number;
  readonly #targetRate: number;
  readonly #halvers: Halver[] = [];
  /** Ratio of the halved rate to the output rate, in lowest terms. */
  readonly #inputRate: number;
  readonly #outputRate: number;
  /** Taps on each side of an output's centre, in input samples. */
  readonly #half: number;
  readonly #phases: number;
  /** Rows of 2 x half taps, made on demand; row p is for an output p / phases after an input sample. */
  readonly #taps: (Float64Array | undefined)[] = [];
  /** Relative to the input's Nyquist frequency. */
  readonly #cutoff: number;
  /** Input that is still needed; its first sample has the index #first, which starts before the sound. */
  #window: Float64Array;
  #held: number;
  #first: number;
  /** Number of samples at the source's rate, and of halved ones. */
  #taken = 0;
  #received = 0;
  #produced = 0;

  /** Rates in whole hertz. */
  constructor(sourceRate: number, targetRate: number) {
    this.#sourceRate = sourceRate;
    this.#targetRate = targetRate;
    // Doubling the target rate is equivalent to halving the source rate, and keeps both whole.
    let doubled = targetRate;
    for (; sourceRate / doubled >= 4; doubled *= 2) this.#halvers.push(new Halver());
    const divisor = greatestCommonDivisor(sourceRate, doubled);
    this.#inputRate = sourceRate / divisor;
    this.#outputRate = doubled / divisor;
    const stretch = Math.max(1, sourceRate / doubled);
    this.#half = Math.ceil(((ATTENUATION_DB - 8) / (2.285 * Math.PI * TRANSITION) / 2) * stretch);
    this.#phases = Math.min(this.#outputRate, MAX_PHASES);
    this.#cutoff = (1 - TRANSITION / 2) / stretch;
    this.#window = new Float64Array(4 * this.#half);
    this.#held = this.#half;
    this.#first = -this.#half;
  }

  /** Takes the next input samples and returns the output samples that they complete. */
  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    this.#taken += samples.length;
    const input = this.#halvers.reduce((halved, halver) => halver.push(halved), samples);
    this.#received += input.length;
    this.#hold(input);
    // The last output for which all right-hand taps are available.
    const reach = this.#received - this.#half;
    return this.#produce(reach <= 0 ? 0 : Math.ceil((reach * this.#outputRate) / this.#inputRate));
  }

  /** Returns the rest, assuming silence after the end. The total is exactly round(inputs x targetRate / sourceRate). */
  end(): Float32Array<ArrayBuffer> {
    let rest = new Float32Array();
    for (const halver of this.#halvers) rest = Float32Array.of(...halver.push(rest), ...halver.end());
    this.#hold(rest);
    // More than the taps need, since each halver rounds up.
    this.#hold(new Float32Array(2 * this.#half + 4));
    return this.#produce(Math.round((this.#taken * this.#targetRate) / this.#sourceRate));
  }

  #hold(samples: Float32Array): void {
    if (this.#held + samples.length > this.#window.length) {
      const larger = new Float64Array(2 * (this.#held + samples.length));
      larger.set(this.#window.subarray(0, this.#held));
      this.#window = larger;
    }
    this.#window.set(samples, this.#held);
    this.#held += samples.length;
  }

  #produce(upTo: number): Float32Array<ArrayBuffer> {
    const output = new Float32Array(Math.max(0, upTo - this.#produced));
    const width = 2 * this.#half;
    for (let at = 0; at < output.length; at++) {
      const position = (this.#produced + at) * this.#inputRate;
      const index = Math.floor(position / this.#outputRate);
      const phase = ((position - index * this.#outputRate) * this.#phases) / this.#outputRate;
      const row = Math.floor(phase);
      const start = index + 1 - this.#half - this.#first;
      let value = dot(this.#row(row), this.#window, start, width);
      if (phase !== row) {
        const next = dot(this.#row(row + 1), this.#window, start, width);
        value += (next - value) * (phase - row);
      }
      output[at] = value;
    }
    this.#produced += output.length;
    const needed = Math.floor((this.#produced * this.#inputRate) / this.#outputRate) + 1 - this.#half;
    const done = Math.min(Math.max(0, needed - this.#first), this.#held);
    this.#window.copyWithin(0, done, this.#held);
    this.#held -= done;
    this.#first += done;
    return output;
  }

  /** Makes a row on demand: a short sound needs few. */
  #row(index: number): Float64Array {
    const row = this.#taps[index] ?? kaiserSinc(this.#half, index / this.#phases, this.#cutoff);
    this.#taps[index] = row;
    return row;
  }
}

/** Dot product; `width` is even. Two independent sums pipeline better than one. */
function dot(taps: Float64Array, window: Float64Array, from: number, width: number): number {
  let even = 0;
  let odd = 0;
  for (let at = 0; at < width; at += 2) {
    even += (taps[at] as number) * (window[from + at] as number);
    odd += (taps[at + 1] as number) * (window[from + at + 1] as number);
  }
  return even + odd;
}

/** Taps for an output `phase` input samples after an input sample. They sum to 1. */
function kaiserSinc(half: number, phase: number, cutoff: number): Float64Array {
  const taps = new Float64Array(2 * half).map((_, at) => {
    const distance = at + 1 - half - phase;
    const angle = Math.PI * cutoff * distance;
    return (angle === 0 ? 1 : Math.sin(angle) / angle) * kaiser(distance / half);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
