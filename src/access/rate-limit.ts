import type { KeyRate } from '../config/access-keys.ts';

/**
 * Limits requests per minute, with bursts: the generic cell rate algorithm, which needs no timer and no list, but one
 * number: when the bucket will be full again.
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
   * Counts one request, if the rate allows it now.
   *
   * @param nowMs on any monotonic clock
   * @returns 0 if the request was counted, else milliseconds until it would be
   */
  take(nowMs: number): number {
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#msPerRequest;
    const waitMs = fullAtMs - nowMs - this.rate.burst * this.#msPerRequest;
    // Rounding of the division leaves a rest below the clock's resolution.
    if (waitMs > 1e-6) return waitMs;
    this.#fullAtMs = fullAtMs;
    return 0;
  }
}
