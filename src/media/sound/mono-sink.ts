import { SandpiperError } from '../../errors.ts';
import type { SoundBounds } from '../sound-protocol.ts';
import { unusable } from './refusals.ts';
import { Resampler } from './resampler.ts';
import { SampleStore } from './sample-store.ts';

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

/** Samples of each channel that are mixed and resampled at once. */
const PIECE = 8_192;

/**
 * Where every decoder pours its samples: mixes channels down to their mean, resamples, and stops at the limits.
 * Memory is bounded by the limits, as decoders pour piece by piece; after each piece the thread may be held.
 */
export class MonoSink {
  readonly #targetRate: number;
  readonly #bounds: SoundBounds;
  readonly #store: SampleStore;
  #shape: SoundShape | undefined;
  #resampler: Resampler | undefined;
  #received = 0;
  /** What the parts before this one came to, where the sound changes its rate. */
  #earlier = { seconds: 0, samples: 0 };

  /** A decoder that reads on without pouring calls it too, so that it can be held. */
  readonly step: () => void;

  constructor(targetRate: number, bounds: SoundBounds, step: () => void = () => undefined) {
    this.#targetRate = targetRate;
    this.#bounds = bounds;
    this.#store = new SampleStore(Math.ceil(bounds.soundSeconds * targetRate) + PIECE);
    this.step = step;
  }

  /** Samples of each channel that came so far, since the last {@link begin}. */
  get received(): number {
    return this.#received;
  }

  /**
   * Before the first samples: what the header says. Once more where the sound goes on in another shape.
   *
   * @throws SandpiperError `unusable-input`, or `input-too-large` when the header already tells
   */
  begin(shape: SoundShape): void {
    const { sampleRate, channels, samples = 0 } = shape;
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw unusable(`its sample rate is ${sampleRate} Hz, expected ${LOWEST_RATE} to ${HIGHEST_RATE}`);
    }
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw unusable(`it has ${channels} channels, expected 1 to ${MOST_CHANNELS}`);
    }
    this.#endPart();
    this.#shape = shape;
    this.#checkLength(samples, shape);
    if (sampleRate !== this.#targetRate) this.#resampler = new Resampler(sampleRate, this.#targetRate);
  }

  /**
   * The next samples of all channels, each an array of the same length; keeps none of the arrays.
   *
   * @throws SandpiperError `input-too-large` once a limit is passed, `unusable-input`
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

  /** All samples at the target rate, in a buffer of their own. @throws SandpiperError `unusable-input` when none came */
  finish(): Float32Array<ArrayBuffer> {
    this.#endPart();
    if (this.#store.length === 0) throw unusable('it has no samples');
    return this.#store.take();
  }

  #endPart(): void {
    if (this.#shape === undefined) return;
    if (this.#resampler !== undefined) this.#store.add(this.#resampler.end());
    this.#earlier.seconds += this.#received / this.#shape.sampleRate;
    this.#earlier.samples += this.#received * this.#shape.channels;
    this.#shape = undefined;
    this.#resampler = undefined;
    this.#received = 0;
  }

  #checkLength(ofThisPart: number, { sampleRate, channels }: SoundShape): void {
    const { soundSeconds, soundSamples } = this.#bounds;
    const seconds = this.#earlier.seconds + ofThisPart / sampleRate;
    if (seconds > soundSeconds) {
      throw tooLarge(
        `lasts ${seconds.toFixed(1)} seconds or longer, and at most ${soundSeconds} are accepted: send it in pieces`,
      );
    }
    const samples = this.#earlier.samples + ofThisPart * channels;
    if (samples > soundSamples) {
      throw tooLarge(
        `has ${samples} samples or more, of ${channels} channels at ${sampleRate} Hz, and at most ${soundSamples} of all channels together are accepted: send it in pieces, or with fewer channels or at a lower rate`,
      );
    }
  }
}

function tooLarge(what: string): SandpiperError {
  return new SandpiperError('input-too-large', `The sound ${what}`);
}

/** The mean of the channels; one channel stays bit for bit as it is. */
function mix(channels: readonly Float32Array[], from: number, length: number): Float32Array<ArrayBuffer> {
  const mono = new Float32Array(length);
  for (let at = 0; at < length; at++) {
    let sum = 0;
    for (const channel of channels) sum += channel[from + at] as number;
    const mean = sum / channels.length;
    if (!(Math.abs(mean) < LOUDEST)) throw unusable('it holds samples that are not numbers');
    mono[at] = mean;
  }
  return mono;
}
