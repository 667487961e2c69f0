import { MAX_TIMER_MS } from './clock.ts';

/**
 * Keeps the process alive while a caller waits for work on threads, which are unreferenced themselves: so a program ends
 * when it waits for nothing more, although idle threads remain.
 */
export class KeepAlive {
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Keeps the process alive until the result is disposed of. */
  enter(): Disposable {
    if (this.#count++ === 0) this.#timer = setInterval(() => undefined, MAX_TIMER_MS);
    return {
      [Symbol.dispose]: () => {
        if (--this.#count === 0) clearInterval(this.#timer);
      },
    };
  }
}
