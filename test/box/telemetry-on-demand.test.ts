/** OpenTelemetry's SDK is loaded where the environment asks for it, and nowhere else. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServing } from '../support/cli.ts';
import { copyModels, imageModel, readSample } from '../support/models.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let models: Awaited<ReturnType<typeof copyModels>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  models = await copyModels([imageModel]);
  folder = await temporaryFolder('sandpiper-loaded-');
  // prom-client has the API, which does nothing by itself.
  await writeFile(
    join(folder.path, 'tell.mjs'),
    `import { registerHooks } from 'node:module';
    import { writeSync } from 'node:fs';
    registerHooks({
      load(url, context, next) {
        const name = /@opentelemetry\\/([\\w-]+)/.exec(url)?.[1];
        if (name !== undefined && name !== 'api') writeSync(2, 'loaded ' + name + '\\n');
        return next(url, context);
      },
    });`,
  );
});
afterAll(async () => {
  await models[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Serves a photo and stops. @returns which packages of OpenTelemetry's were loaded, and what was logged */
async function loadedIn(env: Record<string, string>): Promise<{ loaded: Set<string>; log: string }> {
  using cli = await startServing(['--models', models.path, '--no-supervise'], {
    env,
    nodeOptions: ['--import', join(folder.path, 'tell.mjs')],
  });
  const { bytes } = await readSample(imageModel);
  const answer = await fetch(`${cli.url}/models/${imageModel}`, { method: 'POST', body: bytes });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  cli.process.kill('SIGTERM');
  const { code, stderr } = await cli.result;
  expect(code).toBe(0);
  const loaded = new Set([...stderr.matchAll(/^loaded (\S+)$/gm)].map(([, name = '']) => name));
  return { loaded, log: stderr };
}

test('a service that is asked for neither traces nor metrics loads nothing of it', async () => {
  expect((await loadedIn({})).loaded).toEqual(new Set());
});

test('nor one that is told what it cannot do, whatever the endpoint', async () => {
  const { loaded, log } = await loadedIn({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_METRICS_EXPORTER: 'none',
  });
  expect(loaded).toEqual(new Set());
  expect(log).toContain('OTEL_TRACES_EXPORTER: expected otlp or none, got zipkin; nothing is sent.');
});

test('one that has an endpoint loads it, and has sent its spans and numbers when it has ended', async () => {
  await using collector = await startCollector();
  const { loaded } = await loadedIn({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  expect(loaded).toContain('sdk-trace');
  expect(loaded).not.toContain('sdk-node');
  expect(collector.spans.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['POST /models/*model', 'request', 'media', 'guest', 'compute']),
  );
  expect(collector.metrics.map(({ name }) => name)).toContain('sandpiper_http_requests_total');
});
