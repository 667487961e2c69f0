import { Router } from 'express';
import type { Convention, ConventionParts } from '../convention.ts';
import { addRoute } from '../route.ts';
import { live, ready } from './health.ts';
import { infer } from './infer.ts';
import { showModelConfig } from './model-config.ts';
import { showModel, listModels } from './model-metadata.ts';
import { modelReady } from './model-ready.ts';
import { showStatistics } from './model-statistics.ts';
import { loadModel, repositoryIndex, unloadModel } from './model-repository.ts';
import { showServer } from './server-metadata.ts';

/** The Open Inference Protocol v2 as KServe and Triton speak it. */
export const KSERVE: Convention = {
  prefix: '/v2',
  createRouter,
  translateError: (error) => ({ body: { error: error.message } }),
};

function createRouter(parts: ConventionParts): Router {
  const { service } = parts;
  const router = Router({ caseSensitive: true });
  addRoute(router, '/', { get: showServer });
  addRoute(router, '/health/live', { get: live });
  addRoute(router, '/health/ready', { get: ready(service) });
  addRoute(router, '/models', { get: listModels(service) });
  // Before the models: one that is called "stats" is reached by its version.
  addRoute(router, '/models/stats', { get: showStatistics(service) });
  for (const model of ['/models/:model', '/models/:model/versions/:version']) {
    addRoute(router, model, { get: showModel(service) });
    addRoute(router, `${model}/ready`, { get: modelReady(service) });
    addRoute(router, `${model}/config`, { get: showModelConfig(service) });
    addRoute(router, `${model}/stats`, { get: showStatistics(service) });
    addRoute(router, `${model}/infer`, { post: infer(parts) });
  }
  addRoute(router, '/repository/index', { post: repositoryIndex(parts) });
  addRoute(router, '/repository/models/:model/load', { post: loadModel(parts) });
  addRoute(router, '/repository/models/:model/unload', { post: unloadModel(parts) });
  return router;
}
