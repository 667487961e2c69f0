/**
 * Bounds open connections, in total and per address.
 *
 * Guarantees: over a limit, the longest idle connection is closed for the new one: of the same address, or, over the
 * total, of the address with the most connections. Connections with a request in progress are never closed; if all have
 * one, the new connection is closed. It is logged at most once a second.
 * Ownership: each connection is counted until its socket is closed.
 */
import type { RequestListener, Server } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { ServiceLimits } from '../../config/limits.ts';
import type { Logger } from '../../telemetry/logger.ts';

const reportEveryMs = 1_000;

/** Open connections of one address: the idle ones, longest idle first, and the number of busy ones. */
interface Network {
  readonly idle: Set<Socket>;
  busy: number;
}

/** @returns a listener to call for each request that is started */
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
    // Counted at once: other connections may come before its close event.
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

function largestOf(networks: Iterable<Network>): Network | undefined {
  let largest: Network | undefined;
  for (const network of networks) {
    if (network.idle.size > 0 && size(network) > (largest === undefined ? 0 : size(largest)))
      largest = network;
  }
  return largest;
}

/** An IPv4 address, or the /64 network of an IPv6 address, which belongs to one customer. */
function networkName(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail !== undefined) groups.push('0', '0', '0', '0');
  return groups.slice(0, 4).join(':');
}
