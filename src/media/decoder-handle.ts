import { SandpiperError } from '../errors.ts';
import { abortError, onAbort } from '../async/on-abort.ts';

/** Loading the decoder's own files; far more than that takes under any load. */
const START_MS = 15_000;

/**
 * A thread or a process that decodes one file at a time, controlled from the main thread.
 *
 * Purpose: codecs are foreign code that reads hostile files, so what runs them is never trusted to answer. Guarantees:
 * whatever happens to it, its call settles, and only when it is idle or really gone; an `ended` one takes no more
 * calls. While it is idle it does not keep this process alive. Ownership: the main thread.
 */
export abstract class DecoderHandle<Request, Decoded> {
  ended = false;
  protected running:
    { request: Request; resolve: (decoded: Decoded) => void; reject: (error: unknown) => void } | undefined;
  /** Deadline of its start, then whatever {@link send} sets it to, until the call is over. */
  protected timer: NodeJS.Timeout | undefined;
  /** For messages. */
  protected abstract readonly name: string;
  #ready = false;

  /** Ends it, and resolves when it is gone. */
  abstract end(): Promise<void>;
  protected abstract send(request: Request): void;
  /** The error for a request over which it broke down. */
  protected abstract broken(request: Request, cause: unknown): SandpiperError;
  /** Whether it keeps this process alive. */
  protected abstract hold(alive: boolean): void;

  /** One at a time. Ends the decoder when `signal` aborts. */
  protected async call(request: Request, signal: AbortSignal): Promise<Decoded> {
    using _listener = onAbort(signal, () => this.fail(abortError(signal)));
    this.hold(true);
    try {
      return await new Promise((resolve, reject) => {
        this.running = { request, resolve, reject };
        if (this.#ready) this.send(request);
        else this.timer = setTimeout(() => this.die(), START_MS);
      });
    } finally {
      clearTimeout(this.timer);
      this.running = undefined;
      if (this.ended) await this.end();
      else this.hold(false);
    }
  }

  /** Called when it runs. A call is sent only then: it is clear who is to blame when the decoder ends. */
  protected start(): void {
    this.#ready = true;
    clearTimeout(this.timer);
    if (this.running !== undefined) this.send(this.running.request);
  }

  protected fail(error: unknown): void {
    this.ended = true;
    this.running?.reject(error);
  }

  /** One that never started is the operator's to repair; one that ran broke down over the client's file. */
  protected die(cause?: unknown): void {
    const request = this.#ready ? this.running?.request : undefined;
    if (request !== undefined) this.fail(this.broken(request, cause));
    else this.fail(new SandpiperError('internal', `${this.name} does not start`, { cause }));
  }
}
