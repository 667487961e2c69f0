import { createServer, type Server } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Express } from 'express';
import { SandpiperError, messageOf } from '../errors.ts';

/** Times in milliseconds within which a client must send, so that slow ones cannot hold connections. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  /** The whole request: an upload at its limit needs 1.7 Mbit/s. */
  requestTimeout: 120_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
};

/** A server that listens. */
export interface HttpServer {
  /** `http://127.0.0.1:8080`, with the port that was really taken. */
  readonly url: string;
  /**
   * Takes no new connection, lets answers in flight finish for at most `graceMs`, and then closes what is
   * left. Idempotent.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Listens on an address.
 *
 * @param address port 0 takes a free port.
 * @throws SandpiperError `address-unavailable`, with the remedy.
 */
export async function serveHttp(app: Express, address: { host: string; port: number }): Promise<HttpServer> {
  const server = createServer(TIMEOUTS, app);
  // A client that asks before it sends is told to go on by whoever reads the body, not before.
  server.on('checkContinue', app);
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw addressUnavailable(error, address);
  }
  const bound = server.address() as AddressInfo;
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${bound.port}`,
    close: (graceMs = 1_000) => (closing ??= closeServer(server, graceMs)),
  };
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

function addressUnavailable(error: unknown, { host, port }: { host: string; port: number }): SandpiperError {
  return new SandpiperError('address-unavailable', explain(error, host, port), { cause: error });
}

function explain(error: unknown, host: string, port: number): string {
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
