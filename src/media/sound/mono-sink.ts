import { SandpiperError } from '../../errors.ts';
import { unusable } from './refusals.ts';
import { Resampler } from './resampler.ts';

/** What a header says about a sound. */
export interface SoundShape {
  /** Hertz. */
  sampleRate: number;
  channels: number;
  /** Samples of each channel, where the header tells. */
  samples?: number | undefined;
}

const LOWEST_RATE = 1_000;
const HIGHEST_RATE = 384_000;
const MOST_CHANNELS = 32;

/** Beyond any scale that a file uses: floats written as 32-bit integers are the largest that exist. */
const LOUDEST = 2 ** 32;

/**
 * Where every decoder pours its samples: mixes channels down to their mean, resamples, and stops at the limit.
 * Memory is bounded by the limit, as decoders pour piece by piece.
 */
export class MonoSink {
  readonly #targetRate: number;
  readonly #longestSeconds: number;
  readonly #pieces: Float32Array[] = [];
  #shape: SoundShape | undefined;
  #resampler: Resampler | undefined;
  #received = 0;

  constructor(targetRate: number, longestSeconds: number) {
    this.#targetRate = targetRate;
    this.#longestSeconds = longestSeconds;
  }

  /** Samples of each channel that came so far. */
  get received(): number {
    return this.#received;
  }

  /**
   * Before the first samples: what the header says.
   *
   * @throws SandpiperError `unusable-input`, or `input-too-large` when the header already tells
   */
  begin(shape: SoundShape): void {
    const { sampleRate, channels } = shape;
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw unusable(`its sample rate is ${sampleRate} Hz, expected ${LOWEST_RATE} to ${HIGHEST_RATE}`);
    }
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw unusable(`it has ${channels} channels, expected 1 to ${MOST_CHANNELS}`);
    }
    if (shape.samples !== undefined) this.#checkLength(shape.samples, sampleRate);
    this.#shape = shape;
    if (sampleRate !== this.#targetRate) this.#resampler = new Resampler(sampleRate, this.#targetRate);
  }

  /**
   * The next samples of all channels, each an array of the same length; keeps none of the arrays.
   *
   * @throws SandpiperError `input-too-large` once the limit is passed, `unusable-input`
   */
  write(channels: readonly Float32Array[]): void {
    const shape = this.#shape;
    const length = channels[0]?.length ?? 0;
    if (shape === undefined) throw new Error('Samples came before the shape of the sound');
    if (length === 0) return;
    this.#received += length;
    this.#checkLength(this.#received, shape.sampleRate);
    const mono = mix(channels, length);
    this.#pieces.push(this.#resampler?.push(mono) ?? mono);
  }

  /** All samples at the target rate, in a buffer of their own. @throws SandpiperError `unusable-input` when none came */
  finish(): Float32Array<ArrayBuffer> {
    if (this.#resampler !== undefined) this.#pieces.push(this.#resampler.end());
    const length = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length === 0) throw unusable('it has no samples');
    const whole = new Float32Array(length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  #checkLength(samples: number, sampleRate: number): void {
    const seconds = samples / sampleRate;
    if (seconds <= this.#longestSeconds) return;
    throw new SandpiperError(
      'input-too-large',
      `The sound lasts ${seconds.toFixed(1)} seconds or longer, and at most ${this.#longestSeconds} are accepted: send it in pieces`,
    );
  }
}

/** The mean of the channels; one channel stays bit for bit as it is. */
function mix(channels: readonly Float32Array[], length: number): Float32Array<ArrayBuffer> {
  const mono = new Float32Array(length);
  for (let at = 0; at < length; at++) {
    let sum = 0;
    for (const channel of channels) sum += channel[at] as number;
    const mean = sum / channels.length;
    if (!(Math.abs(mean) < LOUDEST)) throw unusable('it holds samples that are not numbers');
    mono[at] = mean;
  }
  return mono;
}
