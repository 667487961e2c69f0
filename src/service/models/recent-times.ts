/** How long the answers of the last minute took. */
import { monotonicMs } from '../../async/clock.ts';

/** The newest of them: enough for a 99th percentile. */
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

  /** Milliseconds each, in no order. */
  read(): number[] {
    const from = monotonicMs() - WINDOW_MS;
    return this.#answers.filter(({ at }) => at >= from).map(({ ms }) => ms);
  }
}
