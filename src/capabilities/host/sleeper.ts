import type { HandleCount } from './handle-count.ts';

/** Sleep that the main thread can end. */
export interface Sleeper {
  /** Changes whenever something may have happened: take it, look, and only then sleep on it. */
  readonly pulse: number;
  /** What the pulse counts in: whoever has news for this thread adds to it, then notifies. */
  readonly cell: SharedArrayBuffer;
  /**
   * @param until on the monotonic clock, in milliseconds
   * @throws RequestCancelled, a trap, once the request is no longer wanted
   */
  sleep(pulse: number, until: number): void;
}

/** What waiting for a stream takes. */
export interface StreamHost {
  handles: HandleCount;
  sleeper: Sleeper;
}
