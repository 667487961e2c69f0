import type { Server } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { ServiceLimits } from '../config/limits.ts';
import type { Logger } from '../telemetry/logger.ts';

const reportEveryMs = 1_000;

/**
 * Closes connections over a limit as they come, those of one address first: one crowded address leaves room for
 * others. The log hears of it at most once a second.
 */
export function boundConnections(
  server: Server,
  { connections, connectionsPerAddress }: Pick<ServiceLimits, 'connections' | 'connectionsPerAddress'>,
  logger: Logger,
): void {
  const open = new Map<string, number>();
  let closed = 0;
  const report = (): void => {
    logger.warn({ closed, connections, connectionsPerAddress }, 'connections over a limit were closed');
    closed = 0;
  };
  const count = (): void => {
    if (closed === 0) setTimeout(report, reportEveryMs).unref();
    closed += 1;
  };
  server.maxConnections = connections;
  server.on('drop', count);
  server.on('connection', (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? '');
    const present = open.get(network) ?? 0;
    if (present >= connectionsPerAddress) {
      socket.destroy();
      count();
      return;
    }
    open.set(network, present + 1);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
}

/** An IPv4 address, or the /64 network of an IPv6 address, all of which is one customer's. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail !== undefined) groups.push('0', '0', '0', '0');
  return groups.slice(0, 4).join(':');
}
