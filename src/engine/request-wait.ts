/**
 * Waiting on a guest thread: for other threads, for a moment, or until the main thread resumes the request; ended at
 * once when the request is cancelled.
 *
 * Ownership: the guest thread; it is discarded with the thread.
 */
import { monotonicMs } from '../async/clock.ts';
import type { GuestCell } from './guest-cell.ts';

/** The main thread wants the guest to stop: a trap of the instance that no guest can catch. */
export class RequestCancelled extends Error {}

export class RequestWait {
  readonly #cell: GuestCell;
  #call = 0;
  /** On the {@link monotonicMs} clock. */
  deadline = 0;
  /** It may take seconds: its runs leave a core to others. */
  long = false;

  constructor(cell: GuestCell) {
    this.#cell = cell;
  }

  /** @param deadline on the {@link monotonicMs} clock */
  begin(call: number, deadline: number, long: boolean): void {
    this.#call = call;
    this.deadline = deadline;
    this.long = long;
    this.#cell.begin();
  }

  /** @throws RequestCancelled */
  assertWanted(): void {
    if (this.#cell.isCancelled(this.#call)) throw new RequestCancelled('The request was cancelled.');
  }

  /** What wakes this thread: another that has news for it adds to it, then notifies. */
  get cell(): SharedArrayBuffer {
    return this.#cell.shared;
  }

  /** Changes whenever something may have happened for this thread: take it, look, and only then sleep on it. */
  get pulse(): number {
    return this.#cell.pulse;
  }

  /**
   * Sleeps until the thread's pulse is another than `pulse`, or until a moment on the {@link monotonicMs} clock.
   * @throws RequestCancelled
   */
  sleep(pulse: number, until: number): void {
    this.assertWanted();
    this.#cell.sleep(pulse, Math.max(0, until - monotonicMs()));
    this.assertWanted();
  }

  /**
   * Sleeps until the main thread resumes the request.
   *
   * @param ask asks the main thread for it
   * @throws RequestCancelled
   */
  pause(ask: () => void): void {
    const before = this.#cell.resumes;
    ask();
    for (;;) {
      const { pulse } = this.#cell;
      if (this.#cell.resumes !== before) return;
      this.sleep(pulse, Infinity);
    }
  }
}
