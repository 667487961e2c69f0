import type { RequestHandler } from 'express';
import type { InferenceService } from '../../service/api/tasks.ts';
import { notReady } from '../../service/api/not-ready.ts';

/** `GET /v2/health/live` */
export const live: RequestHandler = (_request, response) => {
  response.json({ live: true });
};

/**
 * `GET /v2/health/ready`: the service's own readiness: a model that is set aside does not keep the others from
 * being sent work, and one that could not be loaded shows in `complete` alone. Triton's clients look at the status, KServe's at `ready`, and the specification's text says `live`.
 */
export function ready(service: InferenceService): RequestHandler {
  return (_request, response) => {
    if (service.state !== 'ready') throw notReady(service.state);
    response.json({ ready: true, live: true, complete: service.complete });
  };
}
