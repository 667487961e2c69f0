import type { Express, NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import { SandpiperError } from '../../errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { perCaller } from '../access/per-caller.ts';
import { answerError, type ErrorAnswer } from './error-answer.ts';
import { createRouter, type ConventionParts, type Route } from './route.ts';

/** Routes that belong together, and what the API's document says of them as a whole. */
export interface RouteGroup {
  /** Begins the names that the document has for the group's errors: `OpenAI`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** `/v1` */
  readonly prefix: string;
  readonly routes: readonly Route[];
  /** The body of every error. */
  readonly errorSchema: z.ZodType;
}

/**
 * One REST convention: translation between its requests and answers and the transport-free core, and
 * nothing else. Its prefix decides the shape of every error, that of an unknown route included.
 */
export interface Convention extends RouteGroup {
  /** An error as clients of this convention parse it; its status is the error's own unless told. */
  translateError(error: SandpiperError): ErrorAnswer;
}

/** Serves a group's routes under its prefix and leaves what goes wrong there to whoever is mounted behind it. */
export function mountRoutes(app: Express, { prefix, routes }: RouteGroup, parts: ConventionParts): void {
  app.use(
    prefix,
    perCaller(parts.service, (service) => createRouter(routes, { ...parts, service })),
  );
}

/** Serves a convention under its prefix and answers everything that goes wrong there in its shape. */
export function mountConvention(
  app: Express,
  convention: Convention,
  parts: ConventionParts & { logger: Logger },
): void {
  mountRoutes(app, convention, parts);
  app.use(convention.prefix, refuseUnknownRoute);
  // Express knows an error handler by its four parameters.
  app.use(
    convention.prefix,
    (thrown: unknown, _request: Request, response: Response, _next: NextFunction) => {
      answerError(thrown, response, convention, parts.logger);
    },
  );
}

export function refuseUnknownRoute(request: Request): never {
  const path = (request.originalUrl.split('?', 1)[0] ?? '').slice(0, 200);
  throw new SandpiperError('not-found', `There is no route ${request.method} ${path}.`);
}
