import type { Request } from 'express';
import type { InferenceService } from '../../service/api/tasks.ts';
import type { ModelDescription } from '../../service/api/tensor-inference.ts';
import { refuseUnknownRoute } from '../routing/convention.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import { PATH_PARAMETERS, pathParameter } from '../routing/route.ts';

/**
 * The model version that the path names, or else the highest in service.
 *
 * @throws SandpiperError `not-found`, or `not-ready` while models are being loaded
 */
export function findVersion(service: InferenceService, request: Request): ModelDescription {
  assertReady(service);
  return service.describeModel(pathParameter(request, 'model'), pathVersion(request));
}

/** @throws SandpiperError `not-found` for a version that is no number, as for any unknown route */
export function pathVersion(request: Request): number | undefined {
  const version = pathParameter(request, 'version');
  if (version === '') return undefined;
  return PATH_PARAMETERS.version.safeParse(version).success ? Number(version) : refuseUnknownRoute(request);
}
