import type { ServiceLimits } from '../../config/limits.ts';
import { inputTooLarge } from '../../errors.ts';
import { unusable } from './sound-errors.ts';
import { Resampler } from './resampler.ts';
import { SampleStore } from './sample-store.ts';

export type SoundBounds = Pick<ServiceLimits, 'soundSeconds' | 'soundSamples'>;

/** Facts of a sound in its header. */
export interface SoundShape {
  /** Hertz. */
  sampleRate: number;
  channels: number;
  /** Samples per channel, if the header states them. */
  samples?: number | undefined;
}

const LOWEST_RATE = 1_000;
const HIGHEST_RATE = 384_000;
const MAX_CHANNELS = 32;

/** Beyond it floats are no samples whose full scale is 1, but whole numbers as they are, or damage. */
const LOUDEST = 256;

/** Samples per channel that are mixed and resampled at once. */
const PIECE = 8_192;

/**
 * Receives the samples of every decoder: mixes channels to their mean, resamples, and stops at the limits. Decoders write
 * piece by piece, so that the limits bound memory and the thread can be paused after each piece.
 */
export class MonoSink {
  readonly #targetRate: number;
  readonly #bounds: SoundBounds;
  #store: SampleStore;
  #shape: SoundShape | undefined;
  #resampler: Resampler | undefined;
  #received = 0;
  /** Length of the earlier parts, if the sound changes its rate. */
  #earlier = { seconds: 0, samples: 0 };

  /** Called after each piece. A decoder that reads long without writing must call it too, so that it can be paused. */
  readonly step: () => void;

  constructor(targetRate: number, bounds: SoundBounds, step: () => void = () => undefined) {
    this.#targetRate = targetRate;
    this.#bounds = bounds;
    this.#store = this.#newStore();
    this.step = step;
  }

  /** Samples per channel received since the last {@link begin}. */
  get received(): number {
    return this.#received;
  }

  /**
   * Must be called before the first samples, and again if the sound continues with another rate or number of channels.
   *
   * @throws SandpiperError `unusable-input`, or `input-too-large` if the header already exceeds a limit
   */
  begin(shape: SoundShape): void {
    const { sampleRate, channels, samples = 0 } = shape;
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw unusable(`its sample rate is ${sampleRate} Hz, expected ${LOWEST_RATE} to ${HIGHEST_RATE}`);
    }
    if (channels < 1 || channels > MAX_CHANNELS) {
      throw unusable(`it has ${channels} channels, expected 1 to ${MAX_CHANNELS}`);
    }
    this.end();
    this.#shape = shape;
    this.#checkLength(samples, shape);
    if (sampleRate !== this.#targetRate) this.#resampler = new Resampler(sampleRate, this.#targetRate);
  }

  /**
   * Takes the next samples of all channels, as arrays of the same length, which are not kept.
   *
   * @throws SandpiperError `input-too-large` once a limit is exceeded, `unusable-input`
   */
  write(channels: readonly Float32Array[]): void {
    const shape = this.#shape;
    const length = channels[0]?.length ?? 0;
    if (shape === undefined) throw new Error('Samples came before the shape of the sound');
    if (length > 0) this.#checkLength(this.#received + length, shape);
    for (let at = 0; at < length; at += PIECE) {
      const mono = mix(channels, at, Math.min(PIECE, length - at));
      this.#received += mono.length;
      this.#store.add(this.#resampler?.push(mono) ?? mono);
      this.step();
    }
    if (length === 0) this.step();
  }

  /** Takes the samples since the last call, at the target rate, in a new buffer. */
  drain(): Float32Array<ArrayBuffer> {
    const samples = this.#store.take();
    this.#store = this.#newStore();
    return samples;
  }

  /** Whether no sample has come, of any rate. */
  get isEmpty(): boolean {
    return this.#received === 0 && this.#earlier.samples === 0;
  }

  /** All samples at the target rate in a new buffer. @throws SandpiperError `unusable-input` if there are none */
  finish(): Float32Array<ArrayBuffer> {
    this.end();
    if (this.#store.length === 0) throw unusable('it has no samples');
    return this.#store.take();
  }

  /** Nothing more of this rate comes: the rest that the resampler holds is there to {@link drain}. */
  end(): void {
    if (this.#shape === undefined) return;
    if (this.#resampler !== undefined) this.#store.add(this.#resampler.end());
    this.#earlier.seconds += this.#received / this.#shape.sampleRate;
    this.#earlier.samples += this.#received * this.#shape.channels;
    this.#shape = undefined;
    this.#resampler = undefined;
    this.#received = 0;
  }

  #newStore(): SampleStore {
    return new SampleStore(Math.ceil(this.#bounds.soundSeconds * this.#targetRate) + PIECE);
  }

  #checkLength(ofThisPart: number, { sampleRate, channels }: SoundShape): void {
    const { soundSeconds, soundSamples } = this.#bounds;
    const seconds = this.#earlier.seconds + ofThisPart / sampleRate;
    if (seconds > soundSeconds) {
      throw inputTooLarge(
        `The sound lasts ${seconds.toFixed(1)} seconds or longer, and at most ${soundSeconds} are accepted: send it in pieces`,
      );
    }
    const samples = this.#earlier.samples + ofThisPart * channels;
    if (samples > soundSamples) {
      throw inputTooLarge(
        `The sound has ${samples} samples or more, of ${channels} channels at ${sampleRate} Hz, and at most ${soundSamples} of all channels together are accepted: send it in pieces, or with fewer channels or at a lower rate`,
      );
    }
  }
}

/** The mean of the channels; a single channel is unchanged. */
function mix(channels: readonly Float32Array[], from: number, length: number): Float32Array<ArrayBuffer> {
  const mono = new Float32Array(length);
  for (let at = 0; at < length; at++) {
    let sum = 0;
    for (const channel of channels) sum += channel[from + at] as number;
    const mean = sum / channels.length;
    if (!(Math.abs(mean) < LOUDEST)) {
      throw unusable('it holds samples that are not numbers, or far beyond full scale, which is 1');
    }
    mono[at] = mean;
  }
  return mono;
}
