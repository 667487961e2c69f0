/**
 * Called when a component detects a mistake of its own: `throw`, `assert`, an index out of range.
 *
 * The build makes this the program's `abort`, so that nothing is imported from `env` and the reason
 * stands in the log before the trap.
 */
import { LogLevel, log } from './logging';

export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const reason = message ? message : 'aborted';
  const place = file ? file : 'unknown file';
  log(LogLevel.Critical, 'abort', `${reason} (${place}:${line}:${column})`);
  unreachable();
}
