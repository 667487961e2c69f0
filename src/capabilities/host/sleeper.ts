import type { HandleCount } from './handle-count.ts';

/** A sleep that the main thread can end. */
export interface Sleeper {
  /** Changes with every event for this thread. Read it, check the condition, and only then sleep on it. */
  readonly pulse: number;
  /** Its first cell is the pulse: another thread wakes this one by adding to it and notifying. */
  readonly shared: SharedArrayBuffer;
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
