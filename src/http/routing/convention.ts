import type { Express, NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import { SandpiperError } from '../../errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { answerError, type ErrorAnswer } from './error-answer.ts';
import { createRouter, type ConventionParts, type Route } from './route.ts';

/** A group of routes and its description in the API's document. */
export interface RouteGroup {
  /** Prefix of the names of the group's errors in the document, such as `OpenAI`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** `/v1` */
  readonly prefix: string;
  readonly routes: readonly Route[];
  /** Schema of every error's body. */
  readonly errorSchema: z.ZodType;
}

/**
 * One REST convention: only translates between its requests and answers and the transport-free core. Its prefix decides
 * the form of every error, that of an unknown route included.
 */
export interface Convention extends RouteGroup {
  /** An error in the form of this convention; the status is the error's own by default. */
  translateError(error: SandpiperError): ErrorAnswer;
}

/** Serves a group's routes under its prefix and leaves errors to later error handlers. */
export function mountRoutes(app: Express, { prefix, routes }: RouteGroup, parts: ConventionParts): void {
  app.use(prefix, createRouter(routes, parts));
}

/** Serves a convention under its prefix and answers errors there in its form. */
export function mountConvention(
  app: Express,
  convention: Convention,
  parts: ConventionParts & { logger: Logger },
): void {
  mountRoutes(app, convention, parts);
  app.use(convention.prefix, refuseUnknownRoute);
  // Express recognises an error handler by its four parameters.
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
