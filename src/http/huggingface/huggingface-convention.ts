import { Router } from 'express';
import { ERRORS, type SandpiperError } from '../../errors.ts';
import { ModelSetAside } from '../../service/circuit-breaker.ts';
import type { Convention, ConventionParts, ErrorAnswer } from '../convention.ts';
import { findModel } from '../find-model.ts';
import { addRoute, pathParameter } from '../route.ts';
import { runModel } from './run-model.ts';

/** Hugging Face's inference routes: one per model, whose task decides what goes in and out. */
export const HUGGING_FACE: Convention = {
  prefix: '/models',
  createRouter,
  translateError,
};

function createRouter(parts: ConventionParts): Router {
  const router = Router({ caseSensitive: true });
  // Ids there may hold a slash. Names here hold none: all of `owner/name` has to be told that it is not found.
  addRoute(router, '/*model', {
    post: runModel(parts, (service, request) => findModel(service, pathParameter(request, 'model'))),
  });
  return router;
}

/** Hugging Face's client asks again for each 503, at once and for ever: it may mean "soon" and nothing else. */
function translateError(error: SandpiperError): ErrorAnswer {
  return {
    body: { error: error.message },
    ...(error instanceof ModelSetAside && { status: ERRORS['component-failed'].status }),
  };
}
