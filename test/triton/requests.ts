/** Requests to both servers: good and bad ones, of every part of the protocol. */
import { addModel, identityModel } from '../support/onnx-models.ts';
import { PARAMETERS, REFUSED } from './bad-inference.ts';
import { IN_BINARY, IN_JSON } from './good-inference.ts';
import { get, json, output, post, tensor, type ComparedRequest } from './request-forms.ts';

/** By name. Each is a process of its own in Triton, so there are few. */
export const GRAPHS: Readonly<Record<string, Uint8Array>> = {
  add: addModel('FLOAT', [null, 4]),
  bytes: identityModel('STRING', [null]),
  fp16: identityModel('FLOAT16', [null]),
  fp32: identityModel('FLOAT', [null]),
  // Asked once, so that its statistics say what one request adds.
  int64: identityModel('INT64', [null]),
  matrix: identityModel('FLOAT', [2, 3]),
  uint8: identityModel('UINT8', [null]),
  wild: identityModel('FLOAT', [1, null, null]),
};

const WHAT_IS_THERE: readonly ComparedRequest[] = [
  get('server metadata', '/v2'),
  get('server metadata, with a slash', '/v2/'),
  get('live', '/v2/health/live'),
  get('ready', '/v2/health/ready'),
  get('ready, with a slash', '/v2/health/ready/'),
  get('model metadata', '/v2/models/add'),
  get('model metadata of a version', '/v2/models/add/versions/1'),
  get('model metadata, no such model', '/v2/models/nope'),
  get('model metadata, no such version', '/v2/models/add/versions/9'),
  get('model metadata, a version that is no number', '/v2/models/add/versions/one'),
  get('model ready', '/v2/models/add/ready'),
  get('model ready, of a version', '/v2/models/add/versions/1/ready'),
  get('model ready, no such model', '/v2/models/nope/ready'),
  get('model ready, no such version', '/v2/models/add/versions/9/ready'),
  { ...get('model config', '/v2/models/add/config'), ourFields: true },
  get('model config, no such model', '/v2/models/nope/config'),
];

const ROUTES: readonly ComparedRequest[] = [
  get('no such route', '/v2/nope'),
  get('no such route of a model', '/v2/models/fp32/nope'),
  get('an infer that is got', '/v2/models/fp32/infer'),
  { name: 'metadata that is posted', method: 'POST', path: '/v2/models/fp32', body: '{}' },
  { name: 'metadata that is deleted', method: 'DELETE', path: '/v2/models/fp32' },
  { name: 'health that is posted', method: 'POST', path: '/v2/health/ready', body: '' },
  get('an index that is got', '/v2/repository/index'),
  get('models', '/v2/models'),
  get('a path with another case', '/v2/Models/fp32'),
  get('statistics, no such model', '/v2/models/nope/stats'),
  get('trace settings', '/v2/trace/setting'),
  get('log settings', '/v2/logging'),
  get('shared memory, its state', '/v2/systemsharedmemory/status'),
  post('generate', '/v2/models/fp32/generate', '{}'),
];

const REPOSITORY: readonly ComparedRequest[] = [
  post('index', '/v2/repository/index', ''),
  post('index of what is ready', '/v2/repository/index', '{"ready":true}'),
  post('index, no JSON', '/v2/repository/index', '{'),
  post('index, ready is text', '/v2/repository/index', '{"ready":"yes"}'),
  post('index, deep JSON', '/v2/repository/index', `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  post('load of what is loaded', '/v2/repository/models/uint8/load', '{}'),
  post('load, no such model', '/v2/repository/models/nope/load', '{}'),
  post('load, no JSON', '/v2/repository/models/uint8/load', '{'),
  post('load with a file', '/v2/repository/models/uint8/load', '{"parameters":{"file:1/model.onnx":"AAAA"}}'),
  post('unload', '/v2/repository/models/uint8/unload', ''),
  json('infer to what is unloaded', 'uint8', { inputs: [tensor('UINT8', [1], [1])] }),
  get('metadata of what is unloaded', '/v2/models/uint8'),
  get('ready of what is unloaded', '/v2/models/uint8/ready'),
  post('unload of what is unloaded', '/v2/repository/models/uint8/unload', '{}'),
  post('unload, no such model', '/v2/repository/models/nope/unload', '{}'),
  post(
    'unload with its dependents',
    '/v2/repository/models/matrix/unload',
    '{"parameters":{"unload_dependents":true}}',
  ),
  post('load', '/v2/repository/models/uint8/load', ''),
  json('infer to what is loaded anew', 'uint8', { inputs: [tensor('UINT8', [1], [1])] }),
];

/** In the order in which they are sent. */
export const REQUESTS: readonly ComparedRequest[] = [
  ...WHAT_IS_THERE,
  ...IN_JSON,
  ...IN_BINARY,
  ...REFUSED,
  ...PARAMETERS,
  ...ROUTES,
  ...REPOSITORY,
  // Triton dies of it.
  json('classification of BYTES', 'bytes', {
    inputs: [tensor('BYTES', [1], ['a'])],
    ...output({ classification: 1 }),
  }),
];
