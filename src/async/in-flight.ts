/** Counts requests in flight, and waits until there are none. */
export class InFlight {
  #count = 0;
  #emptied: (() => void) | undefined;
  readonly #onChange: (count: number) => void;

  constructor(onChange: (count: number) => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** Counts a request until the result is disposed of. */
  enter(): Disposable {
    this.#onChange(++this.#count);
    return {
      [Symbol.dispose]: () => {
        this.#onChange(--this.#count);
        if (this.#count === 0) this.#emptied?.();
      },
    };
  }

  /** Resolves when no request is left, or after `graceMs` if that is given. */
  async empty(graceMs?: number): Promise<void> {
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = graceMs === undefined ? undefined : setTimeout(resolve, graceMs);
    this.#emptied = resolve;
    await promise;
    clearTimeout(timer);
  }
}
