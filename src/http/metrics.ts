import type { RequestHandler } from 'express';
import type { InferenceService } from '../service/tasks.ts';

/** Of the text that a service's `metrics()` gives. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics`, for Prometheus: 503 while the service is loading. */
export function showMetrics(service: InferenceService): RequestHandler {
  return async (_request, response) => {
    response.set('Content-Type', TEXT_FORMAT).send(await service.metrics());
  };
}
