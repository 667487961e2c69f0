import type { RequestHandler } from 'express';
import type { InferenceService } from '../../service/api/tasks.ts';
import { notReady } from '../../service/api/not-ready.ts';

/** `GET /v2/health/live` */
export const live: RequestHandler = (_request, response) => {
  response.json({ live: true });
};

/**
 * `GET /v2/health/ready`: readiness of the service. A model that is set aside does not change it, and one that could not
 * be loaded only changes `complete`. Triton's clients check the status, KServe's `ready`, and the specification says
 * `live`.
 */
export function ready(service: InferenceService): RequestHandler {
  return (_request, response) => {
    if (service.state !== 'ready') throw notReady(service.state);
    response.json({ ready: true, live: true, complete: service.complete });
  };
}
