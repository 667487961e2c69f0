/** Milliseconds on a clock that never jumps and that all threads of the process share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * The same clock for a cell of 32 bits: whole milliseconds, never 0, which can say that there is no time. Only
 * differences mean something: `(later - earlier) | 0`.
 */
export function cellMs(): number {
  return Math.trunc(monotonicMs()) | 0 || 1;
}
