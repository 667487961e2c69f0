/**
 * Tells when every place in which native code runs is taken by a run that should have ended: nothing can be answered
 * then, and only a new process helps. Whoever owns the places hands them in, and ends the service when it is told so,
 * as it does when an engine is lost.
 */
import { monotonicMs } from '../../async/clock.ts';

/** A place that holds one run at a time. */
export interface RunPlace {
  /** When its run has to be over at the latest, on the monotonic clock; undefined: it has none. */
  readonly deadline: number | undefined;
}

interface StuckWatchOptions {
  /** Milliseconds that a run may go on after its deadline: stopped, it ends at its next operator. */
  readonly patienceMs: number;
  readonly everyMs?: number;
}

/** @param onStuck is called once */
export function watchForStuck(
  places: () => readonly RunPlace[],
  onStuck: () => void,
  { patienceMs, everyMs = 1_000 }: StuckWatchOptions,
): Disposable {
  const timer = setInterval(() => {
    const latest = monotonicMs() - patienceMs;
    const all = places();
    if (all.length === 0 || all.some(({ deadline = Infinity }) => deadline > latest)) return;
    clearInterval(timer);
    onStuck();
  }, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
