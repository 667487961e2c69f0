import { Router } from 'express';
import type { Convention, ConventionParts } from '../convention.ts';
import { notReady } from '../find-model.ts';
import { addRoute } from '../route.ts';
import { modelReady } from './model-ready.ts';

/** The Open Inference Protocol v2 as KServe and Triton speak it: so far its health routes. */
export const KSERVE: Convention = {
  prefix: '/v2',
  createRouter,
  translateError: (error) => ({ body: { error: error.message } }),
};

function createRouter({ service }: ConventionParts): Router {
  const router = Router({ caseSensitive: true });
  addRoute(router, '/health/live', {
    get: (_request, response) => {
      response.json({ live: true });
    },
  });
  addRoute(router, '/health/ready', {
    // The service's own readiness: a model that is set aside does not keep the others from being sent work.
    // Triton's clients look at the status, KServe's at `ready`, and the specification's text says `live`.
    get: (_request, response) => {
      if (service.state !== 'ready') throw notReady(service.state);
      response.json({ ready: true, live: true });
    },
  });
  addRoute(router, '/models/:model/ready', { get: modelReady(service) });
  return router;
}
