import cors from 'cors';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import onHeaders from 'on-headers';
import type { Settings } from '../config/settings.ts';
import type { InferenceService } from '../service/api/tasks.ts';
import { HttpMetrics } from '../telemetry/http-metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { admitCaller } from './access/admit-caller.ts';
import type { KeyRing } from '../access/key-ring.ts';
import { refuseForeignPages, refuseForeignSockets } from './access/refuse-foreign-pages.ts';
import { boundExchange } from './connection/bound-exchange.ts';
import { mountConvention, mountRoutes } from './routing/convention.ts';
import { isStopping } from './exchange/find-model.ts';
import { HUGGING_FACE, HUGGING_FACE_ENDPOINT } from './huggingface/huggingface-convention.ts';
import { KSERVE } from './kserve/kserve-convention.ts';
import { OPENAI } from './openai/openai-convention.ts';
import { PAGE } from './page/page-routes.ts';
import { welcomeBrowsers } from './page/welcome-browsers.ts';
import { openRequestContext } from './exchange/request-context.ts';
import { serviceRoutes } from './service-routes.ts';
import { joinSmallChunks } from './connection/join-small-chunks.ts';
import { boundUnreadBody } from './body/unread-body.ts';
import { keepUploadPace } from './body/upload-pace.ts';
import { boundUploads } from './body/bound-uploads.ts';

export interface HttpAppOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  /** Undefined if no keys are needed. */
  readonly keys: KeyRing | undefined;
  /** Counts requests, those that the server itself refuses included. */
  readonly metrics?: HttpMetrics;
  /** Undefined if requests are not traced. */
  readonly tracing?: Tracing | undefined;
}

/** Headers that a page of another origin may read. */
const exposedHeaders = ['X-Request-Id', 'Server-Timing', 'Retry-After', 'Inference-Header-Content-Length'];
const preflightSeconds = 600;

/** Creates the Express app with all conventions over one service. */
export function createHttpApp(
  service: InferenceService,
  { settings, logger, keys, metrics = new HttpMetrics(), tracing }: HttpAppOptions,
): Express {
  const app = express();
  app.disable('x-powered-by');
  // Each answer is for one request, so ETags would be useless work.
  app.disable('etag');
  app.enable('case sensitive routing');
  app.set('query parser', 'simple');

  app.use((request, _response, next) => {
    joinSmallChunks(request);
    next();
  });
  app.use(openRequestContext(logger, metrics, tracing));
  app.use(boundUnreadBody);
  app.use(closeWhileDraining(service));
  app.use(boundExchange(settings.limits));
  app.use(...accessMiddleware(settings, keys));
  app.use(keepUploadPace(service, settings.limits));
  app.use(boundUploads(settings.limits));
  const parts = { service, limits: settings.limits, logger };
  const conventions = [KSERVE, OPENAI, HUGGING_FACE];
  for (const convention of conventions) mountConvention(app, convention, parts);
  const page = settings.page ? [PAGE] : [];
  for (const group of page) mountRoutes(app, group, parts);
  const described = [...conventions, HUGGING_FACE_ENDPOINT, ...page];
  mountRoutes(
    app,
    serviceRoutes(described, { keys: keys !== undefined, page: settings.page, metrics }),
    parts,
  );
  // Last, since its prefix matches every path: unknown paths get its form of error.
  mountConvention(app, HUGGING_FACE_ENDPOINT, parts);
  return app;
}

/** In order: refuses pages of other sites, serves what any browser may see, then identifies the caller. */
function accessMiddleware(settings: Settings, keys: KeyRing | undefined): express.RequestHandler[] {
  const { corsOrigins: origins, open } = settings;
  const shareWithPages = cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders,
    maxAge: preflightSeconds,
  });
  return [
    keys === undefined ? refuseForeignPages(settings) : refuseForeignSockets(settings),
    ...(origins.length > 0 ? [shareWithPages] : []),
    welcomeBrowsers(settings),
    // Reaching a port that is open to a network does not make a caller an operator.
    admitCaller(keys, { operator: !open }),
  ];
}

/**
 * Closes kept connections while the service stops, since the client's next request would fail. Decided when the answer
 * begins, which may be long after the request arrived.
 */
function closeWhileDraining(service: InferenceService) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    onHeaders(response, () => {
      if (isStopping(service)) response.setHeader('Connection', 'close');
    });
    next();
  };
}
