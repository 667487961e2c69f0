import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { ServiceLimits } from '../../config/limits.ts';
import { CallerService } from '../../access/caller-service.ts';
import { SandpiperError } from '../../errors.ts';
import type { InferenceService } from '../../service/api/tasks.ts';
import { contextOf } from '../exchange/request-context.ts';
import type { Operation } from './operation.ts';

/** Given to each handler beside the request and its response. */
export interface ConventionParts {
  /** As the caller of the request sees it. */
  readonly service: InferenceService;
  readonly limits: ServiceLimits;
}

export type RouteHandler = (
  request: Request,
  response: Response,
  parts: ConventionParts,
) => Promise<void> | void;

/** One path and method with its description; nothing is served without a description. */
export interface Route {
  readonly method: 'get' | 'post';
  /** Express pattern after the group's prefix, such as `/models/:model`. */
  readonly path: string;
  readonly operation: Operation;
  readonly handle: RouteHandler;
}

/** Path parameters, written `:name` or `*name`. */
export const PATH_PARAMETERS = {
  model: z.string().min(1).describe('Name of a model; GET /v1/models lists them.'),
  version: z
    .string()
    .regex(/^\d{1,15}$/)
    .describe('Version of the model, a whole number.'),
  file: z.string().min(1).describe('Name of a file.'),
} as const;

/** A 405 with its `Allow` header. */
export class MethodNotAllowed extends SandpiperError {
  readonly allow: string;

  constructor(method: string, allow: string) {
    super('method-not-allowed', `This route takes ${allow}, not ${method}.`);
    this.allow = allow;
  }
}

export function get(path: string, operation: Operation, handle: RouteHandler): Route {
  return { method: 'get', path, operation, handle };
}

export function post(path: string, operation: Operation, handle: RouteHandler): Route {
  return { method: 'post', path, operation, handle };
}

/**
 * Serves each path by its one method, answers OPTIONS, and refuses every other method with 405. A handler is given the
 * caller's own view of the service, which has only what the caller may see and do, so that none can forget a check.
 */
export function createRouter(routes: readonly Route[], { service, limits }: ConventionParts): Router {
  const router = Router({ caseSensitive: true });
  for (const { method, path, handle } of routes) {
    const route = router.route(path);
    route.all((request, response, next) => {
      contextOf(response).route = `${request.baseUrl}${path}`;
      next();
    });
    const allow = method === 'get' ? 'GET, HEAD' : 'POST';
    route[method]((request, response) => {
      const { caller } = contextOf(response);
      if (caller === undefined) throw new TypeError('The caller has not been identified.');
      return handle(request, response, { service: new CallerService(service, caller), limits });
    });
    route.options((_request, response) => {
      response.set('Allow', `${allow}, OPTIONS`).status(204).end();
    });
    route.all((request) => {
      throw new MethodNotAllowed(request.method, allow);
    });
  }
  return router;
}

export function pathParameter(request: Request, name: keyof typeof PATH_PARAMETERS): string {
  return [request.params[name] ?? []].flat().join('/');
}
