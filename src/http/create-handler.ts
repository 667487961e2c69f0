import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Sandpiper } from '../service/sandpiper.ts';
import { KeyRing } from '../access/key-ring.ts';
import { HttpMetrics } from '../telemetry/http-metrics.ts';
import { createHttpApp } from './http-app.ts';

/** What `http.createServer` takes, and `use` of an Express app; it answers every request that it is given. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * All routes of the service, to be mounted in a server of the embedder's: before anything that reads bodies. Who may
 * ask is told by the settings `keys`, `open` and `corsOrigins` that the service was opened with; with none of them,
 * this machine alone. Limits of connections, headers and times are the server's own.
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
  return (request, response) => {
    app(request, response);
  };
}
