import type { KeyRate } from '../config/access-keys.ts';

/**
 * So many requests a minute, evenly, and some at once: the generic cell rate algorithm, which needs no timer
 * and no list, but one number: when the bucket would be full again.
 */
export class RateLimit {
  readonly rate: KeyRate;
  readonly #msPerRequest: number;
  #fullAtMs = 0;

  constructor(rate: KeyRate) {
    this.rate = rate;
    this.#msPerRequest = 60_000 / rate.requestsPerMinute;
  }

  /**
   * Takes one request, if there is one to take.
   *
   * @param nowMs on any clock that only goes forward.
   * @returns milliseconds to wait before the next try; 0 when it was taken.
   */
  take(nowMs: number): number {
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#msPerRequest;
    const waitMs = fullAtMs - nowMs - this.rate.burst * this.#msPerRequest;
    // What divides a minute into requests leaves a rest far below anything a clock shows.
    if (waitMs > 1e-6) return waitMs;
    this.#fullAtMs = fullAtMs;
    return 0;
  }
}
