/**
 * Blocking waits of a guest thread: for other threads, for a time, or until the main thread resumes the request. All
 * end at once when the request is cancelled.
 *
 * Ownership: the guest thread; it is discarded with the thread.
 */
import { monotonicMs } from '../async/clock.ts';
import { GuestSignals } from './guest-signals.ts';
import type { RunOrder } from './run-queue.ts';

/** The request was cancelled; thrown into the instance as a trap, which no guest can catch. */
export class RequestCancelled extends Error {}

export class CancellableWait extends GuestSignals {
  #callId = 0;
  /** On the {@link monotonicMs} clock. */
  deadline = 0;
  /** Its position among the runs of other requests. */
  order: RunOrder = 'short';

  /**
   * @param deadline on the {@link monotonicMs} clock
   * @param long the request may take seconds
   */
  begin(callId: number, deadline: number, long: boolean): void {
    this.#callId = callId;
    this.deadline = deadline;
    this.order = long ? 'long' : 'short';
    this.resetWaitingTime();
  }

  /** @throws RequestCancelled */
  assertWanted(): void {
    if (this.isCancelled(this.#callId)) throw new RequestCancelled('The request was cancelled.');
  }

  /**
   * Sleeps until the thread's pulse differs from `pulse`, or until a time on the {@link monotonicMs} clock.
   * @throws RequestCancelled
   */
  sleep(pulse: number, until: number): void {
    this.assertWanted();
    this.sleepFor(pulse, Math.max(0, until - monotonicMs()));
    this.assertWanted();
  }

  /**
   * Sleeps until the main thread resumes the request.
   *
   * @param ask asks the main thread to resume it
   * @throws RequestCancelled
   */
  pause(ask: () => void): void {
    const before = this.resumes;
    ask();
    for (;;) {
      const { pulse } = this;
      if (this.resumes !== before) return;
      this.sleep(pulse, Infinity);
    }
  }
}
