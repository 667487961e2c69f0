import type { Convention } from '../routing/convention.ts';
import type { Operation } from '../routing/operation.ts';
import { get, post, type Route } from '../routing/route.ts';
import { live, modelReady, ready } from './health.ts';
import { infer } from './infer.ts';
import { showModelConfig } from './model-config.ts';
import { showModel, listModels } from './model-metadata.ts';
import { showStatistics } from './model-statistics.ts';
import { loadModel, repositoryIndex, unloadModel } from './repository-extension.ts';
import * as operations from './operations.ts';
import { errorResponse } from './schemas.ts';
import { showServer } from './server-metadata.ts';

/** The Open Inference Protocol v2 as KServe and Triton speak it. */
export const KSERVE: Convention = {
  name: 'KServe',
  title: 'Open Inference Protocol',
  description:
    'Version 2, as KServe and Triton speak it: tensors in and out, metadata, the model repository.',
  prefix: '/v2',
  routes: [
    get('/', operations.SERVER, showServer),
    get('/health/live', operations.LIVE, live),
    get('/health/ready', operations.READY, ready),
    get('/models', operations.MODELS, listModels),
    // Before the models: a model named "stats" can only be reached by its version.
    get('/models/stats', operations.ALL_STATISTICS, showStatistics),
    ...modelRoutes('/models/:model', (operation) => operation),
    ...modelRoutes('/models/:model/versions/:version', (operation) => ({
      ...operation,
      id: `${operation.id}OfVersion`,
      summary: `${operation.summary}, of one version`,
    })),
    post('/repository/index', operations.REPOSITORY_INDEX, repositoryIndex),
    post('/repository/models/:model/load', operations.LOAD, loadModel),
    post('/repository/models/:model/unload', operations.UNLOAD, unloadModel),
  ],
  errorSchema: errorResponse,
  translateError: (error) => ({ body: { error: error.message } }),
};

function modelRoutes(model: string, named: (operation: Operation) => Operation): Route[] {
  return [
    get(model, named(operations.MODEL), showModel),
    get(`${model}/ready`, named(operations.MODEL_READY), modelReady),
    get(`${model}/config`, named(operations.MODEL_CONFIG), showModelConfig),
    get(`${model}/stats`, named(operations.STATISTICS), showStatistics),
    post(`${model}/infer`, named(operations.INFER), infer),
  ];
}
