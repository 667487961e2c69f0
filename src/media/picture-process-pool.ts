import { Semaphore, type Waiter } from '../async/semaphore.ts';
import { PictureProcessHandle, type Decoded } from './picture-process-handle.ts';
import type { PictureRequest } from './picture-protocol.ts';
import { SandpiperError } from '../errors.ts';

/** An idle process is kept so long: starting one takes about 0.2 s, and it holds some 60 MB. */
const IDLE_MS = 30_000;

/**
 * Decodes pictures in processes of their own, which are killed at the limits.
 *
 * Guarantees: no more than `slowPictures` are decoded at a time. While there are two slots or more, one client
 * takes all but one; they go round the clients. A process serves one picture at a time and starts when it is
 * needed; none is left after {@link Symbol.asyncDispose}, nor when this process ends in whatever way.
 */
export class PictureProcessPool implements AsyncDisposable {
  readonly #slots: Semaphore;
  readonly #idle: { process: PictureProcessHandle; timer: NodeJS.Timeout }[] = [];
  readonly #all = new Set<PictureProcessHandle>();
  readonly #closing = new AbortController();

  constructor(slots: number) {
    this.#slots = new Semaphore(slots, Math.max(1, slots - 1));
  }

  async decode(
    request: PictureRequest,
    bytes: Uint8Array,
    { signal = this.#closing.signal, client }: Waiter,
  ): Promise<Decoded> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    return this.#slots.run(
      async () => {
        const process = this.#take();
        try {
          return await process.decode(request, bytes, ended);
        } finally {
          if (process.ended) this.#all.delete(process);
          else this.#keep(process);
        }
      },
      { signal: ended, client },
    );
  }

  /** Ends the processes; pictures that wait or run fail with `not-ready`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(
      new SandpiperError('not-ready', 'The service is closing: send the picture again later'),
    );
    for (const { timer } of this.#idle) clearTimeout(timer);
    await Promise.all([...this.#all].map(async (process) => process.end()));
  }

  #take(): PictureProcessHandle {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      clearTimeout(last.timer);
      if (!last.process.ended) return last.process;
      this.#all.delete(last.process);
    }
    const process = new PictureProcessHandle();
    this.#all.add(process);
    return process;
  }

  #keep(process: PictureProcessHandle): void {
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.process === process),
        1,
      );
      this.#all.delete(process);
      void process.end();
    }, IDLE_MS);
    timer.unref();
    this.#idle.push({ process, timer });
  }
}
