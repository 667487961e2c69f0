import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { graphRepository, type GraphRepository } from '../../support/graph-models.ts';
import { infer, jsonBody } from '../../support/infer-client.ts';
import { addModel, identityModel } from '../../support/onnx-models.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let repository: GraphRepository;
let server: TestServer;

beforeAll(async () => {
  repository = await graphRepository({
    add: addModel('FLOAT', [null, 4]),
    text: identityModel('STRING', [2]),
  });
  await repository.put('add', 3, addModel('INT64', [2]));
  server = await startServer({ models: repository.path, versions: 'all' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: await response.json() };
}

test.each(['/v2', '/v2/'])('GET %s tells what the server is and which extensions it has', async (path) => {
  expect(await get(path)).toEqual({
    status: 200,
    body: {
      name: 'sandpiper',
      version: packageJson.version,
      extensions: [
        'classification',
        'model_repository',
        'model_repository(unload_dependents)',
        'schedule_policy',
        'model_configuration',
        'binary_tensor_data',
        'parameters',
        'statistics',
      ],
    },
  });
});

test('health is told in the words that each client looks for', async () => {
  expect(await get('/v2/health/live')).toEqual({ status: 200, body: { live: true } });
  expect(await get('/v2/health/ready')).toEqual({
    status: 200,
    body: { ready: true, live: true, complete: true },
  });
});

test('models are listed once, whatever versions they have', async () => {
  expect(await get('/v2/models')).toEqual({ status: 200, body: { models: ['add', 'text'] } });
});

describe('a version', () => {
  test('that is not named is the highest', async () => {
    expect(await get('/v2/models/add')).toMatchObject({
      status: 200,
      body: { versions: ['1', '3'], inputs: [{ name: 'x', datatype: 'INT64', shape: [2] }, { name: 'w' }] },
    });
  });

  test('that is named is described by itself', async () => {
    expect(await get('/v2/models/add/versions/1')).toEqual({
      status: 200,
      body: {
        name: 'add',
        versions: ['1', '3'],
        platform: 'onnx_onnxv1',
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [-1, 4] },
          { name: 'w', datatype: 'FP32', shape: [-1, 4] },
        ],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4] }],
        properties: expect.any(Object),
      },
    });
  });

  test('answers for itself', async () => {
    const tensor = (name: string, datatype: string, shape: number[], data: number[]) => ({
      name,
      datatype,
      shape,
      data,
    });
    const first = await infer(
      server.url,
      'add/versions/1',
      jsonBody({
        inputs: [tensor('x', 'FP32', [1, 4], [1, 2, 3, 4]), tensor('w', 'FP32', [1, 4], [1, 1, 1, 1])],
      }),
    );
    expect(first.json).toMatchObject({
      model_name: 'add',
      model_version: '1',
      outputs: [{ data: [2, 3, 4, 5] }],
    });
    const highest = await infer(
      server.url,
      'add',
      jsonBody({ inputs: [tensor('x', 'INT64', [2], [1, 2]), tensor('w', 'INT64', [2], [3, 4])] }),
    );
    expect(highest.json).toMatchObject({ model_version: '3', outputs: [{ data: [4, 6] }] });
  });

  test('is ready or a 404', async () => {
    for (const path of ['add', 'add/versions/1', 'add/versions/3']) {
      expect(await get(`/v2/models/${path}/ready`)).toEqual({
        status: 200,
        body: { name: 'add', ready: true },
      });
    }
    for (const path of [
      'nobody',
      'add/versions/2',
      'add/versions/one',
      'add/versions/-1',
      'add/versions/1e0',
    ]) {
      for (const what of ['', '/ready', '/config', '/stats']) {
        expect([path, await get(`/v2/models/${path}${what}`)]).toEqual([
          path,
          { status: 404, body: { error: expect.any(String) } },
        ]);
      }
    }
  });
});

describe('the configuration', () => {
  test("is Triton's, without the batch dimension", async () => {
    const plain = {
      format: 'FORMAT_NONE',
      is_shape_tensor: false,
      allow_ragged_batch: false,
      optional: false,
    };
    expect(await get('/v2/models/add/versions/1/config')).toEqual({
      status: 200,
      body: {
        name: 'add',
        platform: 'onnxruntime_onnx',
        backend: 'onnxruntime',
        version_policy: { specific: { versions: [1, 3] } },
        max_batch_size: expect.any(Number),
        input: [
          { name: 'x', data_type: 'TYPE_FP32', dims: [4], ...plain },
          { name: 'w', data_type: 'TYPE_FP32', dims: [4], ...plain },
        ],
        output: [
          { name: 'y', data_type: 'TYPE_FP32', dims: [4], label_filename: '', is_shape_tensor: false },
        ],
        model_transaction_policy: { decoupled: false },
      },
    });
  });

  test('has all dimensions where there is no batch', async () => {
    expect(await get('/v2/models/text/config')).toMatchObject({
      status: 200,
      body: { max_batch_size: 0, input: [{ data_type: 'TYPE_STRING', dims: [2] }] },
    });
  });
});

describe('statistics', () => {
  const keys = [
    'success',
    'fail',
    'queue',
    'compute_input',
    'compute_infer',
    'compute_output',
    'cache_hit',
    'cache_miss',
  ];

  async function statsOf(path: string): Promise<Record<string, unknown>[]> {
    const { status, body } = await get(path);
    expect(status).toBe(200);
    return (body as { model_stats: Record<string, unknown>[] }).model_stats;
  }

  test('are of all versions, of one model or of one version', async () => {
    const named = (stats: Record<string, unknown>[]) => stats.map(({ name, version }) => [name, version]);
    expect(named(await statsOf('/v2/models/stats'))).toEqual([
      ['add', '1'],
      ['add', '3'],
      ['text', '1'],
    ]);
    expect(named(await statsOf('/v2/models/add/stats'))).toEqual([
      ['add', '1'],
      ['add', '3'],
    ]);
    expect(named(await statsOf('/v2/models/add/versions/3/stats'))).toEqual([['add', '3']]);
  });

  test('have every number that perf_analyzer reads, whole and not negative', async () => {
    const text = jsonBody({ inputs: [{ name: 'x', datatype: 'BYTES', shape: [2], data: ['a', 'b'] }] });
    await infer(server.url, 'text', text);
    const [stats] = await statsOf('/v2/models/text/stats');
    expect(stats).toMatchObject({ inference_count: 1, execution_count: 1 });
    expect(stats).toMatchObject({ batch_stats: [], response_stats: {}, memory_usage: [] });
    const durations = stats?.inference_stats as Record<string, { count: number; ns: number }>;
    expect(Object.keys(durations)).toEqual(keys);
    for (const { count, ns } of Object.values(durations)) {
      expect([Number.isSafeInteger(count), Number.isSafeInteger(ns), count >= 0, ns >= 0]).toEqual([
        true,
        true,
        true,
        true,
      ]);
    }
    expect(durations.success?.count).toBe(1);
    expect([durations.cache_hit, durations.cache_miss]).toEqual([
      { count: 0, ns: 0 },
      { count: 0, ns: 0 },
    ]);
  });

  test('tell failures from answers', async () => {
    const counts = async () => {
      const [stats] = await statsOf('/v2/models/text/stats');
      const durations = (stats?.inference_stats ?? {}) as Record<string, { count: number }>;
      return { fail: durations.fail?.count ?? 0, success: durations.success?.count ?? 0 };
    };
    const before = await counts();
    await infer(server.url, 'text', jsonBody({ inputs: [] }));
    expect(await counts()).toEqual({ fail: before.fail + 1, success: before.success });
  });
});

test('other methods are a 405 that says which are taken', async () => {
  for (const path of ['', '/models', '/models/add', '/models/add/config', '/models/stats', '/health/live']) {
    const response = await fetch(`${server.url}/v2${path}`, { method: 'POST' });
    expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD']);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  }
});

test.each([
  '/v2/models/add/generate',
  '/v2/models/add/generate_stream',
  '/v2/models/add/trace/setting',
  '/v2/trace/setting',
  '/v2/logging',
  '/v2/systemsharedmemory/status',
  '/v2/cudasharedmemory/status',
  '/v2/repository/other/index',
  '/v2/models/a%2Fb',
])('%s is not here', async (path) => {
  expect(await get(path)).toEqual({ status: 404, body: { error: expect.any(String) } });
});
