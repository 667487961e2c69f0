/** A server whose only route reads a body, behind one of the service's guards of bodies. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { SandpiperError } from '../../src/errors.ts';
import { readBody } from '../../src/http/body/request-body.ts';
import { contextOf, openRequestContext } from '../../src/http/exchange/request-context.ts';
import { HttpMetrics } from '../../src/telemetry/http-metrics.ts';
import { loggerInto } from './door.ts';

export interface BodyServer extends AsyncDisposable {
  readonly url: string;
  /** Requests that have come and are not answered. */
  readonly waiting: () => number;
  /** Bytes of all bodies that have been read. */
  readonly received: () => number;
  /** Has the bodies read whose requests have a header `X-Unread`; all others are read at once. */
  readonly read: () => void;
}

export async function openBodyServer(guard: RequestHandler): Promise<BodyServer> {
  const reading = Promise.withResolvers<void>();
  let waiting = 0;
  let received = 0;
  const app = express();
  app.use(openRequestContext(loggerInto([]), new HttpMetrics()));
  app.use((request, response, next) => {
    waiting++;
    response.once('close', () => waiting--);
    contextOf(response).caller = { name: request.get('X-Client') ?? 'a client', operator: false };
    next();
  });
  app.use(guard);
  const answer = async (request: Request, response: Response): Promise<void> => {
    if (request.get('X-Unread') !== undefined) await reading.promise;
    const context = contextOf(response);
    const count = context.received;
    context.received = (bytes) => {
      received += bytes;
      count?.(bytes);
    };
    const bytes = await readBody(request, response, { maxBytes: 1e6, use: (body) => body.byteLength });
    response.json({ bytes });
  };
  // Express hands what is rejected on.
  app.post('/', (request, response) => answer(request, response));
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (!(error instanceof SandpiperError)) throw error;
    if (!response.headersSent) response.status(error.status).json({ error: error.message });
  });
  const server = createServer(app);
  // The reader of a body says when it may come.
  server.on('checkContinue', app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: () => waiting,
    received: () => received,
    read: () => reading.resolve(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
