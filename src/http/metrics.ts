import type { RequestHandler } from 'express';
import type { InferenceService } from '../service/api/tasks.ts';
import type { HttpMetrics } from '../telemetry/http-metrics.ts';

/** Content type of the metrics. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics`, for Prometheus: 503 while the service is loading. */
export function showMetrics(service: InferenceService, http: HttpMetrics): RequestHandler {
  return async (_request, response) => {
    response.set('Content-Type', TEXT_FORMAT).send(`${await service.metrics()}\n${await http.text()}`);
  };
}
