import { Semaphore, type Waiter } from '../async/semaphore.ts';
import { SandpiperError } from '../errors.ts';
import type { DecoderHandle } from './decoder-handle.ts';

export interface DecoderPoolOptions<Kind> {
  make: () => Kind;
  /** How many decode at a time, and how many of them for one client: by default all. */
  slots: number;
  slotsPerClient?: number;
  /** How long one is kept without work: by default for ever. */
  idleMs?: number;
  /** What they decode, for messages. */
  what: string;
}

/**
 * Decoders that start when they are needed, serve one file at a time and are kept for the next.
 *
 * Guarantees: no more decode at a time than there are slots, which go round the clients; the files of one wait in the
 * order in which they came. One that has ended is replaced. None is left after {@link Symbol.asyncDispose}.
 */
export class DecoderPool<
  Kind extends Pick<DecoderHandle<never, unknown>, 'ended' | 'end'>,
> implements AsyncDisposable {
  readonly #options: DecoderPoolOptions<Kind>;
  readonly #slots: Semaphore;
  readonly #all = new Set<Kind>();
  /** The last that worked is the next to work. */
  readonly #idle = new Map<Kind, NodeJS.Timeout | undefined>();
  readonly #closing = new AbortController();

  constructor(options: DecoderPoolOptions<Kind>) {
    this.#options = options;
    this.#slots = new Semaphore(options.slots, options.slotsPerClient);
  }

  /** Starts one ahead of the first file. */
  start(): void {
    this.#keep(this.#make());
  }

  /** @param decode its signal aborts with the caller's, and when the pool is closed */
  async run<Decoded>(
    decode: (decoder: Kind, signal: AbortSignal) => Promise<Decoded>,
    { signal = this.#closing.signal, client }: Waiter,
  ): Promise<Decoded> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    const job = async (): Promise<Decoded> => {
      const decoder = this.#takeIdle() ?? this.#make();
      try {
        return await decode(decoder, ended);
      } finally {
        if (decoder.ended) this.#all.delete(decoder);
        else this.#keep(decoder);
      }
    };
    return this.#slots.run(job, { signal: ended, client });
  }

  /** Files that wait or are decoded fail with `not-ready`. */
  async [Symbol.asyncDispose](): Promise<void> {
    const why = `The service is closing: send the ${this.#options.what} again later`;
    this.#closing.abort(new SandpiperError('not-ready', why));
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await Promise.all([...this.#all].map(async (decoder) => decoder.end()));
  }

  #make(): Kind {
    const decoder = this.#options.make();
    this.#all.add(decoder);
    return decoder;
  }

  #takeIdle(): Kind | undefined {
    for (const [decoder, timer] of [...this.#idle].toReversed()) {
      clearTimeout(timer);
      this.#idle.delete(decoder);
      if (!decoder.ended) return decoder;
      this.#all.delete(decoder);
    }
    return undefined;
  }

  #keep(decoder: Kind): void {
    const { idleMs } = this.#options;
    const end = (): void => {
      this.#idle.delete(decoder);
      this.#all.delete(decoder);
      void decoder.end();
    };
    this.#idle.set(decoder, idleMs === undefined ? undefined : setTimeout(end, idleMs).unref());
  }
}
