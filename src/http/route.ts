import type { Request, RequestHandler, Router } from 'express';
import { SandpiperError } from '../errors.ts';

type Handlers = { readonly get: RequestHandler } | { readonly post: RequestHandler };

/** A 405, with what `Allow` has to say. */
export class MethodNotAllowed extends SandpiperError {
  readonly allow: string;

  constructor(method: string, allow: string) {
    super('method-not-allowed', `This route takes ${allow}, not ${method}.`);
    this.allow = allow;
  }
}

/** Serves one path by one method, answers OPTIONS, and refuses every other method with 405. */
export function addRoute(router: Router, path: string, handlers: Handlers): void {
  const route = router.route(path);
  const allow = 'get' in handlers ? 'GET, HEAD' : 'POST';
  if ('get' in handlers) route.get(handlers.get);
  else route.post(handlers.post);
  route.options((_request, response) => {
    response.set('Allow', `${allow}, OPTIONS`).status(204).end();
  });
  route.all((request) => {
    throw new MethodNotAllowed(request.method, allow);
  });
}

/** What the path has in the place of `:name` or `*name`, decoded. */
export function pathParameter(request: Request, name: string): string {
  return [request.params[name] ?? []].flat().join('/');
}
