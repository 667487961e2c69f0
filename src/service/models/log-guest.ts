import type { GuestLine } from '../../sandbox/guest-protocol.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** Maps wasi:logging's levels to the service log's. */
const METHODS = new Map([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
] as const) as ReadonlyMap<string, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

/** Writes a component's line to the service log, at its level. */
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
