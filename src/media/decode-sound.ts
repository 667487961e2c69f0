import { SandpiperError } from '../errors.ts';
import { SoundThread } from './sound-thread-handle.ts';
import { ACCEPTED_SOUNDS } from './sound/sound-format.ts';
import { Turns } from './turns.ts';

export interface SoundLimits {
  /** Length of a sound, in seconds. */
  soundSeconds: number;
  /** Time to decode one sound, in ms; the wait for its turn and for the thread to start is not counted. */
  soundDecodeMs: number;
}

/** Rates that may be asked for, in hertz. */
const LOWEST_RATE = 4_000;
const HIGHEST_RATE = 192_000;

/**
 * Decodes sounds on a thread of its own, one after another in the order in which they came.
 *
 * DESIGN. Codecs are foreign code that reads hostile files: the thread that runs them is ended, never asked,
 * when a sound takes too long or its caller has gone, and another takes its place. The thread starts with the
 * decoder and holds nothing between sounds. While it is idle it does not keep the process alive.
 */
export class SoundDecoder implements AsyncDisposable {
  readonly #limits: SoundLimits;
  readonly #turns = new Turns(1);
  readonly #closing = new AbortController();
  #thread: SoundThread;
  #closed: Promise<void> | undefined;

  constructor(limits: SoundLimits) {
    this.#limits = limits;
    this.#thread = new SoundThread();
  }

  /**
   * A sound as mono samples at `sampleRate` hertz, -1 to 1: the mean of its channels, resampled when its rate
   * is another one. The samples own their whole (transferable) buffer. A mono 16-bit WAV of that rate comes
   * out as exactly its integers / 32,768. `bytes` is copied and may be used again at once.
   *
   * @throws SandpiperError `invalid-request` (empty), `unsupported-media` (not an accepted format),
   *   `input-too-large` (longer than the limit), `unusable-input` (damaged, without samples, or too slow to
   *   decode), `client-gone` or the signal's own reason, `not-ready` (the decoder is closed),
   *   `internal` (the thread does not start)
   */
  async decode(
    bytes: Uint8Array,
    sampleRate: number,
    options: { signal?: AbortSignal } = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw new SandpiperError(
        'invalid-component',
        `Cannot use the sample rate that the component describes: it is ${sampleRate} Hz, expected a whole number from ${LOWEST_RATE} to ${HIGHEST_RATE}`,
      );
    }
    if (bytes.byteLength === 0) {
      throw new SandpiperError('invalid-request', `The sound is empty: send ${ACCEPTED_SOUNDS}`);
    }
    const { signal = this.#closing.signal } = options;
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    return this.#turns.run(() => {
      if (this.#thread.ended) this.#thread = new SoundThread();
      return this.#thread.decode(bytes, sampleRate, this.#limits, ended);
    }, ended);
  }

  /** Ends the thread; sounds that wait or run fail with `not-ready`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(
      new SandpiperError('not-ready', 'The service is closing: send the sound again later'),
    );
    this.#closed ??= this.#thread.end();
    await this.#closed;
  }
}
