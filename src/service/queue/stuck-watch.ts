/**
 * Detects that every run slot is held by a run that should have ended: nothing can be answered then, and only a new
 * process helps. The owner of the slots passes them in and ends the service when it is notified.
 */
import { monotonicMs } from '../../async/clock.ts';

/** A slot that holds one run at a time. */
export interface RunSlot {
  /** Deadline of its run, on the monotonic clock; undefined if it has no run. */
  readonly deadline: number | undefined;
}

interface StuckWatchOptions {
  /** Milliseconds that a run may go on after its deadline; a stopped run ends at its next operator. */
  readonly patienceMs: number;
  readonly everyMs?: number;
}

export function watchForStuck(
  slots: () => readonly RunSlot[],
  onStuck: () => void,
  { patienceMs, everyMs = 1_000 }: StuckWatchOptions,
): Disposable {
  const timer = setInterval(() => {
    const latest = monotonicMs() - patienceMs;
    const all = slots();
    if (all.length === 0 || all.some(({ deadline = Infinity }) => deadline > latest)) return;
    clearInterval(timer);
    onStuck();
  }, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
