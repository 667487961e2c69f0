import { Router, type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';
import type { InferenceService } from '../../service/api/tasks.ts';
import { contextOf } from '../exchange/request-context.ts';
import type { Operation } from './operation.ts';

export interface ConventionParts {
  readonly service: InferenceService;
  readonly limits: ServiceLimits;
}

/** One path and method with its description; nothing is served without a description. */
export interface Route {
  readonly method: 'get' | 'post';
  /** Express pattern after the group's prefix, such as `/models/:model`. */
  readonly path: string;
  readonly operation: Operation;
  readonly createHandler: (parts: ConventionParts) => RequestHandler;
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

export function get(path: string, operation: Operation, createHandler: Route['createHandler']): Route {
  return { method: 'get', path, operation, createHandler };
}

export function post(path: string, operation: Operation, createHandler: Route['createHandler']): Route {
  return { method: 'post', path, operation, createHandler };
}

/** Serves each path by its one method, answers OPTIONS, and refuses every other method with 405. */
export function createRouter(routes: readonly Route[], parts: ConventionParts): Router {
  const router = Router({ caseSensitive: true });
  for (const { method, path, createHandler } of routes) {
    const route = router.route(path);
    route.all((request, response, next) => {
      contextOf(response).route = `${request.baseUrl}${path}`;
      next();
    });
    const allow = method === 'get' ? 'GET, HEAD' : 'POST';
    route[method](createHandler(parts));
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
