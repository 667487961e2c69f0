import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Sandpiper } from '../service/sandpiper.ts';
import { KeyRing } from '../access/key-ring.ts';
import { HttpMetrics } from '../telemetry/http-metrics.ts';
import { plainTarget } from './connection/plain-target.ts';
import { openUpgradeDoor } from './connection/web-sockets.ts';
import { createHttpApp } from './http-app.ts';

/** A handler for `http.createServer` or for `use` of an Express app. It answers every request that it gets. */
export interface Handler {
  (request: IncomingMessage, response: ServerResponse): void;
  /**
   * A listener for the server's event `upgrade`, which gives live speech its WebSockets. It answers every request that
   * it gets; the path of `request.url` is that of a route.
   */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/**
 * All routes of the service, to be mounted in an embedder's server before anything that reads bodies. The settings
 * `keys`, `open` and `corsOrigins` of the service decide who may send requests; by default only this machine. Limits of
 * connections, headers and times are left to the server.
 *
 * @throws SandpiperError `invalid-config` for keys that cannot be read
 */
export async function createHandler(sandpiper: Sandpiper): Promise<Handler> {
  const { settings, logger, telemetry } = sandpiper;
  const keys = settings.keys === undefined ? undefined : await KeyRing.open(settings.keys, logger);
  void sandpiper.closed.then(() => keys?.[Symbol.dispose]());
  const metrics = new HttpMetrics();
  telemetry?.addMetrics(async () => metrics.values());
  const app = createHttpApp(sandpiper, { settings, logger, keys, metrics, tracing: telemetry?.tracing });
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    plainTarget(request);
    app(request, response);
  };
  const sockets = openUpgradeDoor(handle);
  void sandpiper.closed.then(() => sockets.close());
  return Object.assign(handle, { upgrade: sockets.listener });
}
