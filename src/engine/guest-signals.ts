/**
 * The few numbers that a guest thread shares with the main thread, in one array.
 *
 * The pulse only counts up: a thread that has news for the guest adds to it and notifies, and the guest sleeps on the
 * value from before it looked. Beside it: which call was cancelled, how often the guest was resumed after a pause, and
 * how long it has waited for a run slot, so that a component is not blamed for a busy machine.
 *
 * Ownership: the guest writes when it waits and for how long; the main thread cancels and resumes. Neither waits for
 * the other here.
 */
import { int32Ms } from '../async/clock.ts';

const PULSE = 0;
const WAITING_SINCE = 1;
const WAITED_MS = 2;
const RESUMES = 3;
const CANCELLED = 4;
const CELLS = 5;

export class GuestSignals {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * CELLS);
  }

  /** Changes with every event for the guest, which reads it, checks its condition, and only then sleeps on it. */
  get pulse(): number {
    return Atomics.load(this.#cells, PULSE);
  }

  /** Wakes the guest, which then looks for changes. */
  wake(): void {
    Atomics.add(this.#cells, PULSE, 1);
    Atomics.notify(this.#cells, PULSE);
  }

  /** Sleeps until the pulse differs from `pulse`, for `ms` at most. */
  protected sleepFor(pulse: number, ms: number): void {
    Atomics.wait(this.#cells, PULSE, pulse, ms);
  }

  /** Number of times that the guest was resumed. */
  get resumes(): number {
    return Atomics.load(this.#cells, RESUMES);
  }

  resume(): void {
    Atomics.add(this.#cells, RESUMES, 1);
    this.wake();
  }

  cancel(callId: number): void {
    Atomics.store(this.#cells, CANCELLED, callId);
    this.wake();
  }

  isCancelled(callId: number): boolean {
    return Atomics.load(this.#cells, CANCELLED) === (callId | 0);
  }

  /** At the start of a call. */
  protected resetWaitingTime(): void {
    Atomics.store(this.#cells, WAITING_SINCE, 0);
    Atomics.store(this.#cells, WAITED_MS, 0);
  }

  /** Starts to count waiting time. */
  startWaiting(): void {
    Atomics.store(this.#cells, WAITING_SINCE, int32Ms());
  }

  /** Adds the time since {@link startWaiting} to the waiting time. */
  stopWaiting(): void {
    Atomics.store(this.#cells, WAITED_MS, this.waitedMs);
    Atomics.store(this.#cells, WAITING_SINCE, 0);
  }

  /** Milliseconds of the guest's call that it has waited for a run slot. */
  get waitedMs(): number {
    const since = Atomics.load(this.#cells, WAITING_SINCE);
    const waiting = since === 0 ? 0 : (int32Ms() - since) | 0;
    return Atomics.load(this.#cells, WAITED_MS) + waiting;
  }
}
