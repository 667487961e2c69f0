/**
 * Bounds the connections that are open, and those from one address.
 *
 * Guarantees: over a limit the connection that has been idle for the longest gives way to the one that comes: of the
 * same address, or, over the limit of all, of the address that has the most. Connections with a request under way are
 * never closed; where all have one, it is the newcomer that is closed. The log hears of it at most once a second.
 * Ownership: each connection is counted until its socket is closed.
 */
import type { RequestListener, Server } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { ServiceLimits } from '../../config/limits.ts';
import type { Logger } from '../../telemetry/logger.ts';

const reportEveryMs = 1_000;

/** The open connections of one address: those without a request, the longest idle first, and how many have one. */
interface Network {
  readonly idle: Set<Socket>;
  busy: number;
}

/** @returns to be called for each request that is begun */
export function boundConnections(
  server: Server,
  { connections, connectionsPerAddress }: Pick<ServiceLimits, 'connections' | 'connectionsPerAddress'>,
  logger: Logger,
): RequestListener {
  const networks = new Map<string, Network>();
  const networkOf = new WeakMap<Socket, Network>();
  let open = 0;
  let closed = 0;

  const report = (): void => {
    logger.warn({ closed, connections, connectionsPerAddress }, 'connections over a limit were closed');
    closed = 0;
  };
  const close = (socket: Socket): void => {
    socket.destroy();
    if (closed === 0) setTimeout(report, reportEveryMs).unref();
    closed += 1;
  };
  const giveWay = (network: Network | undefined): boolean => {
    const [longest] = network?.idle ?? [];
    if (network === undefined || longest === undefined) return false;
    // Before it is heard that it closed, others may come.
    leave(longest);
    close(longest);
    return true;
  };
  const leave = (socket: Socket): void => {
    const network = networkOf.get(socket);
    if (network === undefined) return;
    networkOf.delete(socket);
    if (!network.idle.delete(socket)) network.busy -= 1;
    open -= 1;
  };

  server.on('connection', (socket: Socket) => {
    const name = networkName(socket.remoteAddress ?? '');
    const network = networks.get(name) ?? { idle: new Set(), busy: 0 };
    const isFull = size(network) >= connectionsPerAddress;
    if (isFull ? !giveWay(network) : open >= connections && !giveWay(largestOf(networks.values()))) {
      close(socket);
      return;
    }
    networks.set(name, network);
    networkOf.set(socket, network);
    network.idle.add(socket);
    open += 1;
    socket.once('close', () => {
      leave(socket);
      if (size(network) === 0 && networks.get(name) === network) networks.delete(name);
    });
  });

  return ({ socket }, response) => {
    const network = networkOf.get(socket);
    if (network?.idle.delete(socket) !== true) return;
    network.busy += 1;
    response.once('close', () => {
      if (!networkOf.has(socket)) return;
      network.busy -= 1;
      network.idle.add(socket);
    });
  };
}

function size({ idle, busy }: Network): number {
  return idle.size + busy;
}

/** Of those that have an idle connection. */
function largestOf(networks: Iterable<Network>): Network | undefined {
  let largest: Network | undefined;
  for (const network of networks) {
    if (network.idle.size > 0 && size(network) > (largest === undefined ? 0 : size(largest)))
      largest = network;
  }
  return largest;
}

/** An IPv4 address, or the /64 network of an IPv6 address, all of which is one customer's. */
function networkName(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail !== undefined) groups.push('0', '0', '0', '0');
  return groups.slice(0, 4).join(':');
}
