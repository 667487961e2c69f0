import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createHandler, openSandpiper, type Logger, type Sandpiper } from '../../src/index.ts';
import { copyModels, imageModel, readSample } from '../support/models.ts';

const logged: object[] = [];
const log = (fields: object | string, message?: string): void =>
  void logged.push(typeof fields === 'string' ? { message: fields } : { ...fields, message });
const logger: Logger = { trace: log, debug: log, info: log, warn: log, error: log };

let models: Awaited<ReturnType<typeof copyModels>>;
let sandpiper: Sandpiper;
let photo: Buffer<ArrayBuffer>;
beforeAll(async () => {
  models = await copyModels([imageModel]);
  photo = (await readSample(imageModel)).bytes;
  sandpiper = await openSandpiper({ models: models.path }, { logger });
});
afterAll(async () => {
  await sandpiper.close();
  await models[Symbol.asyncDispose]();
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function post(url: string, init: RequestInit = { body: photo }): Promise<[number, unknown]> {
  const response = await fetch(url, { method: 'POST', ...init });
  return [response.status, await response.json()];
}

const espresso = expect.arrayContaining([{ label: 'espresso', score: expect.any(Number) }]);

describe('The handler of all routes', () => {
  test('serves in a Node server', async () => {
    const url = await listen(await createHandler(sandpiper));
    expect(await post(`${url}/models/${imageModel}`)).toEqual([200, espresso]);
    expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: imageModel }] });
  });

  test('serves in an Express server beside its own routes, under a path of its own', async () => {
    const app = express();
    app.get('/own', (_request, response) => void response.send('own'));
    app.use('/ai', await createHandler(sandpiper));
    app.use((_request, response) => void response.status(404).send('its own 404'));
    const url = await listen(app);
    expect(await post(`${url}/ai/models/${imageModel}`)).toEqual([200, espresso]);
    expect(await post(`${url}/ai/no/such/route`)).toEqual([
      404,
      { error: 'There is no route POST /ai/no/such/route.' },
    ]);
    expect(await (await fetch(`${url}/own`)).text()).toBe('own');
    expect(await (await fetch(`${url}/elsewhere`)).text()).toBe('its own 404');
  });

  test('refuses a body that something before it has read, and does not wait for it', async () => {
    const app = express();
    app.use(express.json());
    app.use(await createHandler(sandpiper));
    const url = await listen(app);
    const json = { headers: { 'content-type': 'application/json' }, body: '{"inputs":"AAAA"}' };
    const [status] = await post(`${url}/models/${imageModel}`, json);
    expect(status).toBe(400);
  });

  test('answers this machine alone where nobody said who may ask', async () => {
    const handler = await createHandler(sandpiper);
    const url = await listen((request, response) => {
      Object.defineProperty(request.socket, 'remoteAddress', { value: '192.0.2.7' });
      handler(request, response);
    });
    expect(await post(`${url}/models/${imageModel}`)).toEqual([
      403,
      { error: expect.stringContaining('answers its own machine alone') },
    ]);
  });

  test('asks for the keys that the service was opened with', async () => {
    const key = 'k'.repeat(40);
    const keys = JSON.stringify([{ name: 'me', key }]);
    await using guarded = await openSandpiper({ models: models.path, keys }, { logger });
    const url = await listen(await createHandler(guarded));
    const headers = { authorization: `Bearer ${key}` };
    expect((await post(`${url}/models/${imageModel}`))[0]).toBe(401);
    expect(await post(`${url}/models/${imageModel}`, { headers, body: photo })).toEqual([200, espresso]);
  });

  test('logs to the logger that the service was given', async () => {
    const url = await listen(await createHandler(sandpiper));
    await post(`${url}/models/${imageModel}`);
    await expect
      .poll(() => logged)
      .toContainEqual(expect.objectContaining({ message: 'request', model: imageModel, status: 200 }));
  });
});
