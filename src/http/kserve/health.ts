import { ModelSetAside, assertReady } from '../../service/api/service-errors.ts';
import type { RouteHandler } from '../routing/route.ts';
import { findVersion } from './find-version.ts';

/** `GET /v2/health/live` */
export const live: RouteHandler = (_request, response) => {
  response.json({ live: true });
};

/**
 * `GET /v2/health/ready`: readiness of the service. A model that is set aside does not change it, and one that could not
 * be loaded only changes `complete`. Triton's clients check the status, KServe's `ready`, and the specification says
 * `live`.
 */
export const ready: RouteHandler = (_request, response, { service }) => {
  assertReady(service);
  response.json({ ready: true, live: true, complete: service.complete });
};

/**
 * `GET /v2/models/{name}[/versions/{version}]/ready`: 200 while the model serves, 503 while it is set aside, 404 for an
 * unknown model or version.
 */
export const modelReady: RouteHandler = (request, response, { service }) => {
  const { name, ready: isReady } = findVersion(service, request);
  if (!isReady) throw new ModelSetAside(name);
  response.json({ name, ready: true });
};
