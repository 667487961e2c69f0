import { SandpiperError, invalidComponent, invalidRequest } from '../errors.ts';
import { type GiveWay, type SoundLimits, SoundThreadHandle } from './sound-thread-handle.ts';
import { ACCEPTED_SOUNDS } from './sound/sound-errors.ts';
import { Semaphore } from '../async/semaphore.ts';

/** Rates that may be asked for, in hertz. */
const LOWEST_RATE = 4_000;
const HIGHEST_RATE = 192_000;

export interface DecodeOptions {
  signal?: AbortSignal | undefined;
  /** Called after each slice of work, and the thread is held until it settles: lets others go first. */
  giveWay?: GiveWay | undefined;
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
  readonly #slots: Semaphore;
  readonly #closing = new AbortController();
  readonly #threads = new Set<SoundThreadHandle>();
  readonly #idle: SoundThreadHandle[] = [];
  #closed: Promise<unknown> | undefined;

  constructor(limits: SoundLimits & { maxConcurrentTranscriptions: number }) {
    this.#limits = limits;
    this.#slots = new Semaphore(limits.maxConcurrentTranscriptions);
    this.#idle.push(this.#start());
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
    { signal, giveWay = async () => undefined }: DecodeOptions = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw invalidComponent(
        `Cannot use the sample rate that the component describes: it is ${sampleRate} Hz, expected a whole number from ${LOWEST_RATE} to ${HIGHEST_RATE}`,
      );
    }
    if (bytes.byteLength === 0) {
      throw invalidRequest(`The sound is empty: send ${ACCEPTED_SOUNDS}`);
    }
    const closing = this.#closing.signal;
    const ended = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    return this.#slots.run(
      async () => {
        const thread = this.#takeIdle() ?? this.#start();
        try {
          return await thread.decode(bytes, sampleRate, this.#limits, ended, giveWay);
        } finally {
          if (thread.ended) this.#threads.delete(thread);
          else this.#idle.push(thread);
        }
      },
      { signal: ended },
    );
  }

  /** Ends the threads; sounds that wait or run fail with `not-ready`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(
      new SandpiperError('not-ready', 'The service is closing: send the sound again later'),
    );
    this.#closed ??= Promise.all([...this.#threads].map(async (thread) => thread.end()));
    await this.#closed;
  }

  #start(): SoundThreadHandle {
    const thread = new SoundThreadHandle();
    this.#threads.add(thread);
    return thread;
  }

  /** One that ended while it was idle is left out. */
  #takeIdle(): SoundThreadHandle | undefined {
    for (let thread = this.#idle.pop(); thread !== undefined; thread = this.#idle.pop()) {
      if (!thread.ended) return thread;
      this.#threads.delete(thread);
    }
    return undefined;
  }
}
