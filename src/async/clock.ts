/** The longest delay of Node's timers. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds on a monotonic clock that all threads of the process share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * The same clock for a 32-bit cell: whole milliseconds, never 0, so that 0 can stand for "no time". It wraps; compare
 * times by `(later - earlier) | 0`.
 */
export function int32Ms(): number {
  return Math.trunc(monotonicMs()) | 0 || 1;
}
