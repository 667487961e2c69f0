import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { graphRepository, type GraphRepository } from '../../support/graph-models.ts';
import { infer, jsonBody, type InferReply } from '../../support/infer-client.ts';
import { identityModel } from '../../support/onnx-models.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let repository: GraphRepository;
let server: TestServer;

beforeAll(async () => {
  repository = await graphRepository({ one: identityModel('FLOAT', [1]), two: identityModel('INT32', [1]) });
  server = await startServer({ models: repository.path });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});
beforeEach(async () => {
  for (const name of ['one', 'two']) await post(`models/${name}/load`);
});

async function post(path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/v2/repository/${path}`, {
    method: 'POST',
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function ask(model: string): Promise<InferReply> {
  return infer(
    server.url,
    model,
    jsonBody({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [7] }] }),
  );
}

const ready = (name: string) => ({ name, version: '1', state: 'READY', reason: '' });

describe('the index', () => {
  test.each([
    ['no body', undefined],
    ['an empty object', {}],
    ['ready false', { ready: false }],
  ])('lists every version: %s', async (_, body) => {
    expect(await post('index', body)).toEqual({ status: 200, body: [ready('one'), ready('two')] });
  });

  test('lists versions on disk that are not served, with the reason', async () => {
    await repository.put('two', 2, identityModel('INT32', [1]));
    await post('models/two/load');
    expect(await post('index')).toMatchObject({
      body: [
        ready('one'),
        { name: 'two', version: '1', state: 'UNAVAILABLE', reason: expect.stringMatching(/\w/) },
        { ...ready('two'), version: '2' },
      ],
    });
    await repository.remove('two', 2);
    await post('models/two/load');
    expect(await post('index')).toMatchObject({ body: [ready('one'), ready('two')] });
  });

  test('lists what is out of service with the reason, and leaves it out where only ready ones are asked for', async () => {
    await post('models/two/unload');
    expect(await post('index')).toEqual({
      status: 200,
      body: [
        ready('one'),
        { name: 'two', version: '1', state: 'UNAVAILABLE', reason: expect.stringMatching(/\w/) },
      ],
    });
    expect(await post('index', { ready: true })).toEqual({ status: 200, body: [ready('one')] });
  });

  test.each([
    ['a number for ready', { ready: 1 }],
    ['a list', []],
    ['no JSON', '{'],
    ['JSON that is nested for ever', `{"ready":${'['.repeat(25_000)}true${']'.repeat(25_000)}}`],
  ])('refuses %s', async (_, body) => {
    expect(await post('index', body)).toEqual({ status: 400, body: { error: expect.any(String) } });
    expect((await fetch(`${server.url}/v2/health/live`)).status).toBe(200);
  });
});

describe('load and unload', () => {
  test('an unloaded model is a 404 until it is loaded again', async () => {
    expect(await post('models/one/unload')).toEqual({ status: 200, body: { name: 'one', unload: true } });
    expect((await ask('one')).status).toBe(404);
    expect((await fetch(`${server.url}/v2/models/one/ready`)).status).toBe(404);
    expect(await post('models/one/load', {})).toEqual({ status: 200, body: { name: 'one', load: true } });
    expect((await ask('one')).json.outputs?.[0]?.data).toEqual([7]);
  });

  test('load takes what the folder now holds', async () => {
    await repository.put('new', 1, identityModel('FLOAT', [1]));
    expect((await ask('new')).status).toBe(404);
    expect((await post('models/new/load')).status).toBe(200);
    expect((await ask('new')).status).toBe(200);
    await post('models/new/unload', { parameters: { unload_dependents: true } });
    await repository.remove('new', 1);
  });

  test('a folder that cannot be loaded leaves what serves, and the answer says why', async () => {
    await repository.put('one', 1, Buffer.from('no graph'));
    const { status, body } = await post('models/one/load');
    expect([status, body]).toEqual([500, { error: expect.stringMatching(/^Cannot load .*one.*ONNX/) }]);
    expect(JSON.stringify(body)).not.toContain(repository.path);
    expect((await ask('one')).status).toBe(200);
    await repository.put('one', 1, identityModel('FLOAT', [1]));
  });

  test.each([
    ['a model that there is not', 'models/nobody/load', undefined, 404],
    ['a name that leads out', 'models/..%2F..%2Fetc/load', undefined, 404],
    ['unloading one that there is not', 'models/nobody/unload', undefined, 404],
    ['a configuration', 'models/one/load', { parameters: { config: '{}' } }, 400],
    ['an upload', 'models/one/load', { parameters: { 'file:1/model.onnx': 'AAAA' } }, 400],
    [
      'an upload of a long name',
      'models/one/load',
      { parameters: { [`file:${'A'.repeat(256)}`]: 'YQ==' } },
      400,
    ],
    ['another parameter', 'models/one/load', { parameters: { force: true } }, 400],
    ['parameters that are none', 'models/one/load', { parameters: [] }, 400],
    ['another parameter to unload', 'models/one/unload', { parameters: { force: true } }, 400],
    ['no truth value', 'models/one/unload', { parameters: { unload_dependents: 'yes' } }, 400],
  ])('%s is refused', async (_, path, body, status) => {
    expect(await post(path, body)).toEqual({ status, body: { error: expect.stringMatching(/\w/) } });
    expect((await ask('one')).status).toBe(200);
  });

  test('GET is no way to load', async () => {
    const response = await fetch(`${server.url}/v2/repository/models/one/load`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
