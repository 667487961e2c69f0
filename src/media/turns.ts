import { SandpiperError } from '../errors.ts';

/** Why a signal was aborted, as an error of this service: its own reason where it has one, else `client-gone`. */
export function abortError(signal: AbortSignal): SandpiperError {
  if (signal.reason instanceof SandpiperError) return signal.reason;
  return new SandpiperError('client-gone', 'The request was given up before its answer was ready', {
    cause: signal.reason,
  });
}

/**
 * Runs jobs first come, first served, at most `places` at once. For jobs that cannot be stopped once they
 * run: an aborted caller is let go at once, while the place stays taken until its job has really ended.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  /**
   * The outcome of `job`, which never starts when `signal` aborts while the caller still waits.
   *
   * @throws SandpiperError see {@link abortError}
   */
  async run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) throw abortError(signal);
    return new Promise<T>((resolve, reject) => {
      const settled = () => signal?.removeEventListener('abort', onAbort);
      const start = () => {
        this.#free--;
        job()
          .then(resolve, reject)
          .finally(() => {
            settled();
            this.#free++;
            this.#waiting.shift()?.();
          });
      };
      const onAbort = () => {
        const index = this.#waiting.indexOf(start);
        if (index >= 0) this.#waiting.splice(index, 1);
        if (signal !== undefined) reject(abortError(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (this.#free > 0) start();
      else this.#waiting.push(start);
    });
  }
}
