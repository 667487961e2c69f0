import type { GuestLine } from '../../sandbox/guest-protocol.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** Levels of wasi:logging that are the service log's as well. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** Writes a component's line to the service log, at its level. */
export function logGuest(logger: Logger, { program, level, context, message, fields }: GuestLine): void {
  const method = level === 'critical' ? 'error' : (LEVELS.find((each) => each === level) ?? 'info');
  logger[method]({ ...fields, component: program, ...(context !== '' && { context }) }, message);
}
