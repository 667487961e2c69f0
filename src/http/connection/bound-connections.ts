/**
 * Bounds open connections, in total and per address.
 *
 * Guarantees: over a limit, the longest idle connection is closed for the new one: of the same address, or, over the
 * total, of the address with the most connections. If all have a request in progress, it is the new connection that is
 * closed, unless the total is reached by an address that has more connections than the new one's: of these the oldest goes
 * whose body is still to come. It is logged at most once a second.
 * Ownership: each connection is counted until its socket is closed.
 */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import type { ServiceLimits } from '../../config/limits.ts';
import type { Logger } from '../../telemetry/logger.ts';

const reportEveryMs = 1_000;

/** Open connections of one address: the idle ones, longest idle first, and the busy ones with their requests, oldest first. */
interface Network {
  readonly idle: Set<Socket>;
  readonly busy: Map<Socket, IncomingMessage>;
}

/** @returns a listener to call for each request that is started */
export function boundConnections(
  server: Server,
  { connections, connectionsPerAddress }: ServiceLimits,
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
  const giveWay = (socket: Socket | undefined): boolean => {
    if (socket === undefined) return false;
    // Counted at once: other connections may come before its close event.
    leave(socket);
    close(socket);
    return true;
  };
  const makeRoom = (network: Network): boolean => {
    if (size(network) >= connectionsPerAddress) return giveWay(longestIdle(network));
    if (open < connections) return true;
    const all = [...networks.values()];
    return (
      giveWay(longestIdle(largestOf(all.filter(({ idle }) => idle.size > 0)))) ||
      giveWay(oldestThatWaits(largestOf(all.filter((other) => size(other) > size(network) + 1))))
    );
  };
  const leave = (socket: Socket): void => {
    const network = networkOf.get(socket);
    if (network === undefined) return;
    networkOf.delete(socket);
    if (!network.idle.delete(socket)) network.busy.delete(socket);
    open -= 1;
  };

  server.on('connection', (socket: Socket) => {
    const name = networkName(socket.remoteAddress ?? '');
    const network = networks.get(name) ?? { idle: new Set(), busy: new Map() };
    if (!makeRoom(network)) return close(socket);
    networks.set(name, network);
    networkOf.set(socket, network);
    network.idle.add(socket);
    open += 1;
    socket.once('close', () => {
      leave(socket);
      if (size(network) === 0 && networks.get(name) === network) networks.delete(name);
    });
  });

  return (request, response) => {
    const { socket } = request;
    const network = networkOf.get(socket);
    if (network?.idle.delete(socket) !== true) return;
    network.busy.set(socket, request);
    response.once('close', () => {
      if (!networkOf.has(socket)) return;
      network.busy.delete(socket);
      network.idle.add(socket);
    });
  };
}

function size({ idle, busy }: Network): number {
  return idle.size + busy.size;
}

function largestOf(networks: readonly Network[]): Network | undefined {
  const most = Math.max(...networks.map(size));
  return networks.find((network) => size(network) === most);
}

function longestIdle(network: Network | undefined): Socket | undefined {
  return network?.idle.values().next().value;
}

/** For the rest of a body. */
function oldestThatWaits(network: Network | undefined): Socket | undefined {
  for (const [socket, { complete }] of network?.busy ?? []) if (!complete) return socket;
  return undefined;
}

/** An IPv4 address, or the /64 network of an IPv6 address, which belongs to one customer. */
function networkName(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail !== undefined) groups.push('0', '0', '0', '0');
  return groups.slice(0, 4).join(':');
}
