import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Express } from 'express';
import type { ServiceLimits } from '../config/limits.ts';
import type { Settings } from '../config/settings.ts';
import { SandpiperError, messageOf } from '../errors.ts';
import { InFlight } from '../async/in-flight.ts';
import { HttpMetrics } from '../telemetry/http-metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { UnbegunRequest, answerInTurn } from './connection/answer-in-turn.ts';
import { boundConnections } from './connection/bound-connections.ts';
import { plainTarget } from './connection/plain-target.ts';
import { refuseMalformed } from './connection/refuse-malformed.ts';
import { openUpgradeDoor, wantsWebSocket, type UpgradeDoor } from './connection/web-sockets.ts';
import { onceReceived } from './body/unread-body.ts';

const lookEveryMs = 5_000;

/**
 * New connections that wait to be accepted, as many as Linux allows. Others' attempts are dropped while these are full, and
 * made again seconds later: of Node's 511, a client that opens a thousand at once would leave none.
 */
const unacceptedConnections = 4_096;

export interface HttpServer {
  /** URL such as `http://127.0.0.1:8080`, with the actual port. */
  readonly url: string;
  /** Takes no new connections, waits at most `graceMs` for answers in flight, and closes the rest. Idempotent. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Listens on an address.
 *
 * @param settings port 0 chooses a free port
 * @throws SandpiperError `address-unavailable`, with the remedy.
 */
export async function serveHttp(
  app: Express,
  settings: Pick<Settings, 'host' | 'port' | 'limits'>,
  logger: Logger,
  metrics = new HttpMetrics(),
): Promise<HttpServer> {
  const server = createServer(serverOptions(settings.limits));
  server.maxRequestsPerSocket = settings.limits.requestsPerConnection;
  const exchanges = new InFlight();
  const begun = [
    boundConnections(server, settings.limits, logger),
    refuseMalformed(server, settings.limits, (status) => metrics.ended(undefined, status)),
    countExchanges(exchanges),
    plainTarget,
    app,
  ];
  const serve: RequestListener = (request, response) => {
    for (const hear of begun) hear(request, response);
  };
  const listener = answerInTurn(serve, settings.limits);
  server.on('request', listener);
  // The reader of the body sends `100 Continue`, not Node.
  server.on('checkContinue', listener);
  const sockets = openUpgradeDoor(serve);
  server.on('upgrade', sockets.listener);
  server.listen({ port: settings.port, host: settings.host, backlog: unacceptedConnections });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new SandpiperError('address-unavailable', explain(error, settings), { cause: error });
  }
  const bound = server.address() as AddressInfo;
  const host = isIPv6(settings.host) ? `[${settings.host}]` : settings.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${bound.port}`,
    close: (graceMs = 1_000) => (closing ??= closeServer(server, sockets, exchanges, graceMs)),
  };
}

function serverOptions({ headerBytes, headersMs, requestMs, keepAliveMs }: ServiceLimits): ServerOptions {
  const headersTimeout = Math.min(headersMs, requestMs);
  return {
    IncomingMessage: UnbegunRequest,
    shouldUpgradeCallback: wantsWebSocket,
    maxHeaderSize: headerBytes,
    headersTimeout,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(lookEveryMs, headersTimeout / 2),
  };
}

/** Counts each request until its body has been read or dropped and its answer has been sent. */
function countExchanges(exchanges: InFlight): RequestListener {
  return (request, response) => {
    const presence = exchanges.enter();
    // Node emits no event for a body that it drops.
    response.once('close', () => onceReceived(request, () => presence[Symbol.dispose]()));
  };
}

async function closeServer(
  server: Server,
  sockets: UpgradeDoor,
  exchanges: InFlight,
  graceMs: number,
): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await exchanges.empty(graceMs);
  // The rest have no request, or had their grace time.
  server.closeAllConnections();
  sockets.close();
  await closed;
}

function explain(error: unknown, { host, port }: Pick<Settings, 'host' | 'port'>): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another program: stop it, or choose another port with --port.`;
    case 'EACCES':
      return `Port ${port} needs rights that this user lacks: choose one above 1023 with --port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `Host ${host} is no address of this machine: choose one with --host, such as 127.0.0.1.`;
    default:
      return `Cannot listen on ${host}, port ${port}: ${messageOf(error)}.`;
  }
}
