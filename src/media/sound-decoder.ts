import { invalidComponent, invalidRequest } from '../errors.ts';
import { DecoderPool } from './decoder-pool.ts';
import { type GiveWay, type SoundLimits, SoundThreadHandle } from './sound-thread-handle.ts';
import { ACCEPTED_SOUNDS } from './sound/sound-errors.ts';

/** Rates that may be asked for, in hertz. */
const LOWEST_RATE = 4_000;
const HIGHEST_RATE = 192_000;

export interface DecodeOptions {
  signal?: AbortSignal | undefined;
  /** Called after each slice of work, and the thread is held until it settles: lets others go first. */
  giveWay?: GiveWay | undefined;
  /** A longer sound is refused with `input-too-large`, whatever the limits say. */
  mostSeconds?: number | undefined;
}

/**
 * Decodes sounds, each on a thread of its own.
 *
 * Purpose: a hostile file costs its own request. Guarantees: as many sounds are decoded side by side as may be
 * transcribed, the others wait in the order in which they came; one that is ended takes no other along; after each
 * slice `giveWay` decides when it goes on. Ownership: threads start when they are needed, hold nothing between
 * sounds and are kept for the next; while they are idle they do not keep the process alive.
 */
export class SoundDecoder implements AsyncDisposable {
  readonly #limits: SoundLimits;
  readonly #threads: DecoderPool<SoundThreadHandle>;

  constructor(limits: SoundLimits & { maxConcurrentTranscriptions: number }) {
    this.#limits = limits;
    this.#threads = new DecoderPool({
      make: () => new SoundThreadHandle(),
      slots: limits.maxConcurrentTranscriptions,
      what: 'sound',
    });
    this.#threads.start();
  }

  /**
   * A sound as mono samples at `sampleRate` hertz, -1 to 1: the mean of its channels, resampled when its rate
   * is another one. The samples own their whole (transferable) buffer. A mono 16-bit WAV of that rate comes
   * out as exactly its integers / 32,768. `bytes` is copied and may be used again at once.
   *
   * @throws SandpiperError `invalid-request` (empty), `unsupported-media` (not an accepted format),
   *   `input-too-large` (longer than the limits), `unusable-input` (damaged, without samples, or too slow to
   *   decode), `client-gone` or the signal's own reason, `not-ready` (the decoder is closed),
   *   `internal` (the thread does not start)
   */
  async decode(
    bytes: Uint8Array,
    sampleRate: number,
    { signal, giveWay = async () => undefined, mostSeconds = Infinity }: DecodeOptions = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw invalidComponent(
        `Cannot use the sample rate that the component describes: it is ${sampleRate} Hz, expected a whole number from ${LOWEST_RATE} to ${HIGHEST_RATE}`,
      );
    }
    if (bytes.byteLength === 0) {
      throw invalidRequest(`The sound is empty: send ${ACCEPTED_SOUNDS}`);
    }
    const soundSeconds = Math.min(mostSeconds, this.#limits.soundSeconds);
    const limits = { ...this.#limits, soundSeconds };
    return this.#threads.run(
      async (thread, ended) => thread.decode(bytes, sampleRate, limits, ended, giveWay),
      { signal },
    );
  }

  /** Ends the threads; sounds that wait or run fail with `not-ready`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
