import type { RequestHandler } from 'express';
import { SandpiperError } from '../../errors.ts';
import type { InferenceService } from '../../service/api/tasks.ts';
import { findVersion } from './find-version.ts';

/**
 * `GET /v2/models/{name}[/versions/{version}]/ready`: 200 while the model serves, 503 while it is set aside after
 * failures in a row, 404 for an unknown model or version.
 */
export function modelReady(service: InferenceService): RequestHandler {
  return (request, response) => {
    const { name, ready } = findVersion(service, request);
    if (!ready) {
      throw new SandpiperError(
        'not-ready',
        `Model ${name} is set aside after failures in a row; it is tried again by itself.`,
      );
    }
    response.json({ name, ready });
  };
}
