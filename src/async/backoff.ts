/** Pauses between attempts that fail: each twice as long as the one before, up to the longest. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #nextMs: number;

  constructor({ firstMs, longestMs }: { firstMs: number; longestMs: number }) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#nextMs = firstMs;
  }

  /** Milliseconds to wait after an attempt that has failed. */
  next(): number {
    const pause = this.#nextMs;
    this.#nextMs = Math.min(pause * 2, this.#longestMs);
    return pause;
  }

  /** An attempt has succeeded. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
