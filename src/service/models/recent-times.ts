/** Durations of the answers of the last minute. */
import { monotonicMs } from '../../async/clock.ts';

/** Most answers that are kept: enough for a 99th percentile. */
const MOST = 1_024;
const WINDOW_MS = 60_000;

interface Answer {
  readonly at: number;
  readonly ms: number;
}

export class RecentTimes {
  readonly #answers: Answer[] = [];
  #next = 0;

  add(ms: number): void {
    this.#answers[this.#next] = { at: monotonicMs(), ms };
    this.#next = (this.#next + 1) % MOST;
  }

  /** Durations in ms, unordered. */
  read(): number[] {
    const from = monotonicMs() - WINDOW_MS;
    return this.#answers.filter(({ at }) => at >= from).map(({ ms }) => ms);
  }
}
