import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Settings } from '../config/settings.ts';
import type { InferenceService } from '../service/tasks.ts';
import type { Logger } from '../telemetry/logger.ts';
import { mountConvention, refuseUnknownRoute } from './convention.ts';
import { answerError } from './error-answer.ts';
import { HUGGING_FACE } from './huggingface/huggingface-convention.ts';
import { KSERVE } from './kserve/kserve-convention.ts';
import { OPENAI } from './openai/openai-convention.ts';
import { metricsRoute } from './metrics-route.ts';
import { openRequestContext } from './request-context.ts';
import { boundUnreadBody } from './unread-body.ts';

export interface HttpAppOptions {
  readonly settings: Settings;
  readonly logger: Logger;
}

/** The REST conventions over one service, as an Express app that listens nowhere yet. */
export function createHttpApp(service: InferenceService, { settings, logger }: HttpAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  // Answers are made for one request each: hashing them for an ETag would be wasted.
  app.disable('etag');
  app.enable('case sensitive routing');
  app.set('query parser', 'simple');

  app.use(openRequestContext(logger));
  app.use(boundUnreadBody);
  app.use(closeWhileDraining(service));
  for (const convention of [KSERVE, OPENAI, HUGGING_FACE]) {
    mountConvention(app, convention, { service, limits: settings.limits, logger });
  }
  app.use(metricsRoute(service));
  app.use(refuseUnknownRoute);
  app.use((thrown: unknown, _request: Request, response: Response, _next: NextFunction) => {
    answerError(thrown, response, KSERVE, logger);
  });
  return app;
}

/** A client that keeps its connection would otherwise send its next request to a service that is gone. */
function closeWhileDraining(service: InferenceService) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    if (service.state === 'draining' || service.state === 'closed') response.set('Connection', 'close');
    next();
  };
}
