import type { RequestHandler, Router } from 'express';
import { TenantService } from '../../access/tenant-service.ts';
import type { InferenceService } from '../../service/api/tasks.ts';
import { contextOf } from '../exchange/request-context.ts';
import type { Caller } from '../../access/caller.ts';

/**
 * Gives every caller routes of its own over a service of its own, in which there is only what it may see and
 * do: no handler can forget to ask. They are made when the caller first asks, and go with it.
 */
export function perCaller(
  service: InferenceService,
  createRouter: (service: InferenceService) => Router,
): RequestHandler {
  const routers = new WeakMap<Caller, Router>();
  return (request, response, next) => {
    const { caller } = contextOf(response);
    if (caller === undefined) throw new TypeError('Nobody has found out who asks.');
    let router = routers.get(caller);
    if (router === undefined) {
      router = createRouter(new TenantService(service, caller));
      routers.set(caller, router);
    }
    router(request, response, next);
  };
}
