/**
 * Detects that so many threads are inside operators that do not end that only a new process helps. The owner of the
 * threads passes them in and ends the service when it is notified.
 */
import { monotonicMs } from '../../async/clock.ts';

interface StuckLimits {
  /** So many stuck threads are too many. */
  most: number;
  /** Milliseconds that a thread may be stuck. */
  patienceMs: number;
}

/** @param stuckSince for each stuck thread, since when, on the monotonic clock */
export function watchForStuck(
  stuckSince: () => readonly number[],
  onStuck: () => void,
  { most, patienceMs }: StuckLimits,
): Disposable {
  const timer = setInterval(() => {
    const latest = monotonicMs() - patienceMs;
    if (stuckSince().filter((since) => since <= latest).length < most) return;
    clearInterval(timer);
    onStuck();
  }, 1_000).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
