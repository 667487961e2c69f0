import type { HandleCount } from './handle-count.ts';

/** A sleep that the main thread can end. */
export interface Sleeper {
  /** Changes with every event for this thread. Read it, check the condition, and only then sleep on it. */
  readonly pulse: number;
  /** Shared memory of the pulse: another thread wakes this one by adding to it and notifying. */
  readonly cell: SharedArrayBuffer;
  /**
   * @param until on the monotonic clock, in milliseconds
   * @throws RequestCancelled, a trap, once the request is cancelled
   */
  sleep(pulse: number, until: number): void;
}

/** The parts of its instance that a stream uses. */
export interface StreamHost {
  handles: HandleCount;
  sleeper: Sleeper;
}
