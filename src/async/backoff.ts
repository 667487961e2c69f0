/** Exponential back-off: each pause is twice as long as the one before, up to the longest. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #nextMs: number;

  constructor({ firstMs, longestMs }: { firstMs: number; longestMs: number }) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#nextMs = firstMs;
  }

  next(): number {
    const pause = this.#nextMs;
    this.#nextMs = Math.min(pause * 2, this.#longestMs);
    return pause;
  }

  /** Starts over after a successful attempt. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
