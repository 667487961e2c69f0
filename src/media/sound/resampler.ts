/**
 * Changes a sound's sample rate through a windowed-sinc (Kaiser) low-pass, as it streams by.
 *
 * Zero phase: output sample k is the input at the time k / outputRate. Flat (within 0.01 dB) up to 87.5 % of
 * the lower rate's Nyquist frequency, 80 dB down from that frequency on. The position advances in whole
 * numbers, so no length of sound drifts.
 *
 * Rates of four times the output's and more are halved first, as often as it takes: the long filter then has no more
 * to do for them than for lower ones.
 *
 * Our own, since it must run chunk by chunk beside the decoders and give exactly the length that the rates say.
 */
import { Halver } from './halver.ts';
import { ATTENUATION_DB, kaiser } from './kaiser.ts';

/** Width of the transition band as a share of the lower rate's Nyquist frequency, which is where it ends. */
const TRANSITION = 0.125;

/** Rates whose ratio needs more phases than this take the nearest two of the table and interpolate. */
const MOST_PHASES = 1_024;

export class Resampler {
  readonly #sourceRate: number;
  readonly #targetRate: number;
  readonly #halvers: Halver[] = [];
  /** The rate of what the halvers leave to that of the output, in lowest terms. */
  readonly #inputRate: number;
  readonly #outputRate: number;
  /** Taps on each side of an output's centre, in input samples. */
  readonly #half: number;
  readonly #phases: number;
  /** Rows of 2 x half taps, made when they are first needed; row p is for an output that lies p / phases behind an input sample. */
  readonly #taps: (Float64Array | undefined)[] = [];
  /** A share of the input's Nyquist frequency. */
  readonly #cutoff: number;
  /** Input that is still needed; its first sample has the index #first, which starts before the sound's. */
  #window: Float64Array;
  #held: number;
  #first: number;
  /** Samples at the source's rate, and those that the halvers left of them. */
  #taken = 0;
  #received = 0;
  #produced = 0;

  /** Rates in whole hertz. */
  constructor(sourceRate: number, targetRate: number) {
    this.#sourceRate = sourceRate;
    this.#targetRate = targetRate;
    // To double the one is to halve the other, and keeps both whole.
    let doubled = targetRate;
    for (; sourceRate / doubled >= 4; doubled *= 2) this.#halvers.push(new Halver());
    const divisor = greatestCommonDivisor(sourceRate, doubled);
    this.#inputRate = sourceRate / divisor;
    this.#outputRate = doubled / divisor;
    const stretch = Math.max(1, sourceRate / doubled);
    this.#half = Math.ceil(((ATTENUATION_DB - 8) / (2.285 * Math.PI * TRANSITION) / 2) * stretch);
    this.#phases = Math.min(this.#outputRate, MOST_PHASES);
    this.#cutoff = (1 - TRANSITION / 2) / stretch;
    this.#window = new Float64Array(4 * this.#half);
    this.#held = this.#half;
    this.#first = -this.#half;
  }

  /** Takes the next input samples; returns the output samples that they complete. */
  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    this.#taken += samples.length;
    const input = this.#halvers.reduce((halved, halver) => halver.push(halved), samples);
    this.#received += input.length;
    this.#hold(input);
    // The last output whose right-hand taps are all there.
    const reach = this.#received - this.#half;
    return this.#produce(reach <= 0 ? 0 : Math.ceil((reach * this.#outputRate) / this.#inputRate));
  }

  /** The rest, with silence taken to follow. In all exactly round(inputs x targetRate / sourceRate) samples came. */
  end(): Float32Array<ArrayBuffer> {
    let rest = new Float32Array();
    for (const halver of this.#halvers) rest = Float32Array.of(...halver.push(rest), ...halver.end());
    this.#hold(rest);
    // One more than the taps reach, since each halver rounds up.
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

  /** A short sound needs few of them, whatever its rate is. */
  #row(index: number): Float64Array {
    const row = this.#taps[index] ?? kaiserSinc(this.#half, index / this.#phases, this.#cutoff);
    this.#taps[index] = row;
    return row;
  }
}

/** `width` is even. Two sums run side by side, since one alone waits for its own last addition. */
function dot(taps: Float64Array, window: Float64Array, from: number, width: number): number {
  let even = 0;
  let odd = 0;
  for (let at = 0; at < width; at += 2) {
    even += (taps[at] as number) * (window[from + at] as number);
    odd += (taps[at + 1] as number) * (window[from + at + 1] as number);
  }
  return even + odd;
}

/** Taps for an output `phase` of an input sample behind one. They sum to 1, so that silence stays flat. */
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
