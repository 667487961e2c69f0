import type { RequestHandler, Router } from 'express';
import { CallerService } from '../../access/caller-service.ts';
import type { InferenceService } from '../../service/api/tasks.ts';
import { contextOf } from '../exchange/request-context.ts';
import type { Caller } from '../../access/caller.ts';

/**
 * Gives every caller its own routes over its own view of the service, which has only what the caller may see and
 * do, so that no handler can forget a check. They are made at the caller's first request and live as long as it does.
 */
export function routesPerCaller(
  service: InferenceService,
  createRouter: (service: InferenceService) => Router,
): RequestHandler {
  const routers = new WeakMap<Caller, Router>();
  return (request, response, next) => {
    const { caller } = contextOf(response);
    if (caller === undefined) throw new TypeError('The caller has not been identified.');
    let router = routers.get(caller);
    if (router === undefined) {
      router = createRouter(new CallerService(service, caller));
      routers.set(caller, router);
    }
    router(request, response, next);
  };
}
