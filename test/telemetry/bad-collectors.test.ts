/** A collector that is away, slow or wrong costs spans, and no request anything. */
import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import { startCollector, type OtlpCollector } from '../support/otlp-collector.ts';

let picture: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  picture = new Uint8Array(await pictureTo('answer'));
});

/** The variables are read when a service starts, and are then as before. */
async function startTold(endpoint: string, env: Record<string, string> = {}): Promise<ColourServer> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '10');
  vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '100');
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '500');
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return await startColourServer({ one: {} });
  } finally {
    vi.unstubAllEnvs();
  }
}

async function answers(server: ColourServer, requests: number): Promise<void> {
  for (let done = 0; done < requests; done++) {
    const response = await fetch(`${server.url}/models/one`, { method: 'POST', body: picture });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
  }
}

/** The answer of each to every batch that it is sent. */
const WRONG: Record<string, RequestListener> = {
  'refuses everything': (_, response) => void response.writeHead(400).end('no'),
  'is always full, and says to come back at once': (_, response) =>
    void response.writeHead(429, { 'retry-after': '0' }).end(),
  'is always full, and says to come back next year': (_, response) =>
    void response.writeHead(503, { 'retry-after': '31536000' }).end(),
  'sends it elsewhere': (_, response) => void response.writeHead(302, { location: '/' }).end(),
  'never answers': () => undefined,
  'hangs up': (request) => void request.socket.destroy(),
  'answers without an end': (_, response) => {
    const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
    response.on('close', () => clearInterval(more));
  },
};

describe('Requests are answered while the collector', () => {
  let collector: OtlpCollector;
  let server: ColourServer;
  const good: RequestListener = (request, response) => void request.resume().on('end', () => response.end());
  let answer = good;
  beforeAll(async () => {
    collector = await startCollector((request, response) => answer(request, response));
    server = await startTold(collector.url);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });
  afterEach(() => {
    server.log.length = 0;
  });

  const said = (what: string) => () => server.log.filter(({ msg }) => msg === what).length;

  test.each(Object.entries(WRONG))(
    '%s, and the log says so once, and once when it is over',
    async (_, wrong) => {
      answer = wrong;
      await answers(server, 5);
      await expect.poll(said('traces cannot be sent')).toBe(1);
      const asked = collector.asked;
      await answers(server, 20);
      await expect.poll(() => collector.asked).toBeGreaterThan(asked + 1);
      await answers(server, 5);
      expect(said('traces cannot be sent')()).toBe(1);
      answer = good;
      await answers(server, 1);
      await expect.poll(said('traces are sent again')).toBe(1);
    },
  );

  test('answers what is no answer, which is taken for one', async () => {
    answer = (request, response) => {
      request.resume().on('end', () => response.end(Buffer.alloc(1_000, 0xff)));
    };
    const asked = collector.asked;
    await answers(server, 5);
    await expect.poll(() => collector.asked).toBeGreaterThan(asked + 1);
    await answers(server, 5);
    expect(said('traces cannot be sent')()).toBe(0);
  });
});

test('requests are answered where no collector is', async () => {
  await using server = await startTold('http://127.0.0.1:1');
  await answers(server, 20);
  const complaints = () => server.log.flatMap(({ level, msg }) => (level === 'warn' ? [String(msg)] : []));
  await expect
    .poll(() => complaints().toSorted())
    .toEqual(['metrics cannot be sent', 'traces cannot be sent']);
});

test('spans that wait for a slow collector are bounded: those over the bound are dropped', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using collector = await startCollector();
  await using slow = await startCollector((request, response) => {
    void buffer(request).then(async (batch) => {
      await released;
      await fetch(`${collector.url}${request.url}`, { method: 'POST', body: new Uint8Array(batch) });
      response.end();
    });
  });
  await using server = await startTold(slow.url, {
    OTEL_BSP_MAX_QUEUE_SIZE: '16',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '16',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
  });
  await answers(server, 1);
  await expect.poll(() => slow.asked).toBe(1);
  await answers(server, 40);
  release();
  await server.service.close();
  // Spans that were on their way, and those that waited; each of the 41 requests had four at least.
  expect(collector.spans.length).toBeGreaterThan(0);
  expect(collector.spans.length).toBeLessThanOrEqual(2 * 16);
});

test('a service that closes waits for its collector for two seconds at most', async () => {
  await using collector = await startCollector(() => undefined);
  const server = await startTold(collector.url, { OTEL_EXPORTER_OTLP_TIMEOUT: '3600000' });
  await answers(server, 1);
  const closing = server.service.close();
  await expect.poll(() => collector.asked).toBeGreaterThan(0);
  await closing;
  expect(server.service.state).toBe('closed');
  await server[Symbol.asyncDispose]();
});
