import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyModels, imageModel, readSample } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';

let models: Awaited<ReturnType<typeof copyModels>>;
let server: TestServer;

beforeAll(async () => {
  models = await copyModels([imageModel]);
  server = await startServer({ models: models.path });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

async function idOf(given?: string): Promise<string | null> {
  const headers = given === undefined ? {} : { 'x-request-id': given };
  return (await fetch(`${server.url}/v2/health/live`, { headers })).headers.get('x-request-id');
}

test('a usable request id of the client is kept, in the answer and in the log', async () => {
  const id = 'trace-1:a.b_c';
  const { bytes } = await readSample(imageModel);
  const response = await fetch(`${server.url}/models/${imageModel}`, {
    method: 'POST',
    body: bytes,
    headers: { 'x-request-id': id },
  });
  expect(response.headers.get('x-request-id')).toBe(id);
  await expect
    .poll(() => server.log.find((line) => line['id'] === id))
    .toMatchObject({
      level: 'info',
      msg: 'request',
      method: 'POST',
      path: `/models/${imageModel}`,
      status: 200,
      model: imageModel,
      ms: expect.any(Number),
      guestMs: expect.any(Number),
      computeMs: expect.any(Number),
    });
});

test.each([undefined, '', 'a'.repeat(129), 'two words', '<script>', 'é'])(
  'a request without a usable id gets one of its own: %j',
  async (given) => {
    expect(await idOf(given)).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test('every answer has a request id, says that its type is what it says, and not what made it', async () => {
  for (const path of ['/v2/health/live', '/nowhere', '/v1/models']) {
    const { headers } = await fetch(server.url + path);
    expect([path, headers.get('x-content-type-options'), headers.get('x-powered-by')]).toEqual([
      path,
      'nosniff',
      null,
    ]);
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});
