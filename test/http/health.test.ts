import { afterEach, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { createHttpApp } from '../../src/http/http-app.ts';
import { serveHttp } from '../../src/http/http-server.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { longSpeech } from '../support/long-speech.ts';
import { modelsOf, readSample, speechModel } from '../support/models.ts';
import { openConnection } from '../support/raw-request.ts';
import { startServer } from '../support/server.ts';
import { loadingService } from '../support/loading-service.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function get(url: string): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json(), headers: response.headers };
}

test('a service that still loads is live and not ready, and sends its clients away for a while', async () => {
  const settings = resolveSettings({ port: 0, logLevel: 'silent', limits: { loadWaitMs: 1 } });
  const logger = createLogger(settings);
  await using service = loadingService();
  const app = createHttpApp(service, { settings, logger, keys: undefined });
  const http = await serveHttp(app, settings, logger);
  cleanups.push(async () => http.close());

  expect(await get(`${http.url}/v2/health/live`)).toMatchObject({ status: 200, body: { live: true } });
  for (const path of ['/v2/health/ready', '/v2/models', '/v2/models/any', '/v2/models/stats', '/v1/models']) {
    const { status, headers } = await get(`${http.url}${path}`);
    expect([path, status, headers.get('retry-after')]).toEqual([path, 503, '1']);
  }
  const response = await fetch(`${http.url}/models/${speechModel}`, { method: 'POST', body: 'x' });
  expect([response.status, await response.json()]).toEqual([
    503,
    { error: expect.stringContaining('loading') },
  ]);
});

test('a request in the form of Hugging Face that comes while models are loaded is answered once they are', async () => {
  const settings = resolveSettings({ port: 0, logLevel: 'silent' });
  await using service = loadingService({ models: modelsOf([speechModel]) });
  const logger = createLogger(settings);
  const http = await serveHttp(
    createHttpApp(service, { settings, logger, keys: undefined }),
    settings,
    logger,
  );
  cleanups.push(async () => http.close());

  const { bytes } = await readSample(speechModel);
  using waiting = openConnection(http.url);
  waiting.socket.write(
    `POST /models/${speechModel} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  waiting.socket.write(bytes);
  // Another request is answered meanwhile.
  expect((await get(`${http.url}/v2/health/live`)).status).toBe(200);
  expect(waiting.received()).toBe('');
  await service.load();
  expect(await waiting.status()).toBe(200);
});

test('a service that drains is not ready at once, finishes what runs and takes nothing new', async () => {
  await using server = await startServer({ models: modelsOf([speechModel]) });
  expect(await get(`${server.url}/v2/health/ready`)).toMatchObject({
    status: 200,
    body: { ready: true, live: true, complete: true },
  });

  const running = fetch(`${server.url}/models/${speechModel}`, { method: 'POST', body: await longSpeech(2) });
  const admitted = `sandpiper_requests_present{model="${speechModel}"} 1\n`;
  await expect.poll(async () => server.service.metrics()).toContain(admitted);
  const closing = server.service.close(20_000);

  const ready = await get(`${server.url}/v2/health/ready`);
  expect(ready).toMatchObject({ status: 503, body: { error: expect.stringContaining('shutting down') } });
  expect(ready.headers.get('connection')).toBe('close');
  const refused = await fetch(`${server.url}/models/${speechModel}`, { method: 'POST', body: 'x' });
  expect(refused.status).toBe(503);
  expect((await running).status).toBe(200);
  await closing;
});

test('an unknown route outside every convention is a 404 with an error', async () => {
  const settings = resolveSettings({ port: 0, logLevel: 'silent' });
  const logger = createLogger(settings);
  await using service = loadingService();
  const app = createHttpApp(service, { settings, logger, keys: undefined });
  const http = await serveHttp(app, settings, logger);
  cleanups.push(async () => http.close());
  for (const path of ['/v2/nothing', '/v2/health', '/v2/health/livex', '/favicon.ico', '/__proto__']) {
    const { status, body } = await get(`${http.url}${path}`);
    expect([path, status, body]).toEqual([path, 404, { error: expect.stringContaining('no route') }]);
  }
  const root = await fetch(http.url);
  expect([root.status, root.headers.get('allow')]).toEqual([405, 'POST']);
});
