import type { GuestLine } from '../../sandbox/guest-protocol.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** wasi:logging's levels as the service log has them. */
const METHODS = new Map([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
] as const) as ReadonlyMap<string, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

/** A component's own line into the service log, at its level. */
export function logGuest(logger: Logger, { program, level, context, message, fields }: GuestLine): void {
  logger[METHODS.get(level) ?? 'info'](
    {
      ...fields,
      component: program,
      ...(context !== '' && { context }),
    },
    message,
  );
}
