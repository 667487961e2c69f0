/** Node's timers take no more. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Keeps the process alive while somebody waits for threads, which by themselves do not: so a program ends when it has
 * nothing left to wait for, though its threads stand ready for more.
 */
export class KeepAlive {
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Until what it gives is disposed of, once. */
  enter(): Disposable {
    if (this.#count++ === 0) this.#timer = setInterval(() => undefined, LONGEST_MS);
    return {
      [Symbol.dispose]: () => {
        if (--this.#count === 0) clearInterval(this.#timer);
      },
    };
  }
}
