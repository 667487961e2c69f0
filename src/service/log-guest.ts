import type { FromGuest } from '../sandbox/guest-protocol.ts';
import type { Logger } from '../telemetry/logger.ts';

/** A component's own line into the service log, at its level. */
export function logGuest(
  logger: Logger,
  { program, level, context, message }: Extract<FromGuest, { kind: 'log' }>,
): void {
  const [method = 'info'] = (['trace', 'debug', 'info', 'warn', 'error'] as const).filter(
    (name) => name === level,
  );
  logger[method]({ component: program, ...(context !== '' && { context }) }, message);
}
