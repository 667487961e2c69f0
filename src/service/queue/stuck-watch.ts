/**
 * Detects that every run slot is held by a run that should have ended: nothing can be answered then, and only a new
 * process helps. The owner of the slots passes them in and ends the service when it is notified.
 */
import { monotonicMs } from '../../async/clock.ts';

/**
 * @param deadlines of the run in each slot, on the monotonic clock; undefined for a free slot.
 * @param patienceMs that a run may go on after its deadline; a stopped run ends at its next operator.
 */
export function watchForStuck(
  deadlines: () => readonly (number | undefined)[],
  onStuck: () => void,
  patienceMs: number,
): Disposable {
  const timer = setInterval(() => {
    const latest = monotonicMs() - patienceMs;
    const all = deadlines();
    if (all.length === 0 || all.some((deadline = Infinity) => deadline > latest)) return;
    clearInterval(timer);
    onStuck();
  }, 1_000).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
