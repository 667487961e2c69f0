/** Counts the live WASI resources of one instance against `liveResources`. */
export class HandleCount {
  readonly #limit: number;
  #live = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws RangeError, a trap, beyond the limit */
  add(): void {
    if (this.#live >= this.#limit) {
      throw new RangeError(
        `The component holds ${this.#live} streams, pollables, descriptors and other WASI resources, and liveResources allows ${this.#limit}: drop those that are no longer needed.`,
      );
    }
    this.#live++;
  }

  remove(): void {
    this.#live--;
  }
}
