import type { Convention } from '../routing/convention.ts';
import type { Operation } from '../routing/operation.ts';
import { get, post, type Route } from '../routing/route.ts';
import { live, modelReady, ready } from './health.ts';
import { infer } from './infer.ts';
import { showModelConfig } from './model-config.ts';
import { showModel, listModels } from './model-metadata.ts';
import { showStatistics } from './model-statistics.ts';
import { loadModel, repositoryIndex, unloadModel } from './repository-extension.ts';
import {
  ALL_STATISTICS,
  INFER,
  LIVE,
  LOAD,
  MODEL,
  MODELS,
  MODEL_CONFIG,
  MODEL_READY,
  READY,
  REPOSITORY_INDEX,
  SERVER,
  STATISTICS,
  UNLOAD,
} from './operations.ts';
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
    get('/', SERVER, () => showServer),
    get('/health/live', LIVE, () => live),
    get('/health/ready', READY, ({ service }) => ready(service)),
    get('/models', MODELS, ({ service }) => listModels(service)),
    // Before the models: a model named "stats" can only be reached by its version.
    get('/models/stats', ALL_STATISTICS, ({ service }) => showStatistics(service)),
    ...modelRoutes('/models/:model', (operation) => operation),
    ...modelRoutes('/models/:model/versions/:version', (operation) => ({
      ...operation,
      id: `${operation.id}OfVersion`,
      summary: `${operation.summary}, of one version`,
    })),
    post('/repository/index', REPOSITORY_INDEX, repositoryIndex),
    post('/repository/models/:model/load', LOAD, loadModel),
    post('/repository/models/:model/unload', UNLOAD, unloadModel),
  ],
  errorSchema: errorResponse,
  translateError: (error) => ({ body: { error: error.message } }),
};

function modelRoutes(model: string, named: (operation: Operation) => Operation): Route[] {
  return [
    get(model, named(MODEL), ({ service }) => showModel(service)),
    get(`${model}/ready`, named(MODEL_READY), ({ service }) => modelReady(service)),
    get(`${model}/config`, named(MODEL_CONFIG), ({ service }) => showModelConfig(service)),
    get(`${model}/stats`, named(STATISTICS), ({ service }) => showStatistics(service)),
    post(`${model}/infer`, named(INFER), infer),
  ];
}
