/** Traces of requests that a collector gets, and the log's lines of them. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import { copyModels, imageModel, readSample, speechModel } from '../support/models.ts';
import { appends, openRealtime, spokenSample } from '../support/realtime-client.ts';
import { startServer } from '../support/server.ts';
import { startCollector, type OtlpCollector, type SentSpan } from '../support/otlp-collector.ts';

let collector: OtlpCollector;
let server: ColourServer;
beforeAll(async () => {
  collector = await startCollector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '20');
  vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '100');
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'service.name=shop,shop.number=7');
  server = await startColourServer({ one: { deadlineMs: 2_000 }, brief: { deadlineMs: 600 } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traceparent = (trace: string, flags = '01') => `00-${trace}-${CALLER}-${flags}`;
/** Another trace for each test. */
const traceOf = (digit: string) => TRACE.slice(0, -1) + digit;

async function post(
  what: Parameters<typeof pictureTo>[0],
  headers: Record<string, string>,
  model = 'one',
): Promise<number> {
  const body = new Uint8Array(await pictureTo(what));
  const response = await fetch(`${server.url}/models/${model}`, { method: 'POST', body, headers });
  await response.arrayBuffer();
  return response.status;
}

/** All spans of a trace, by name, once these have come: each tree is sent when it is over. */
async function spansOf(trace: string, wanted = ['http', 'request']): Promise<Record<string, SentSpan>> {
  const mine = () => collector.spans.filter((span) => span.trace === trace);
  const has = (last: string) => mine().some(({ kind, name }) => (kind === 2 ? 'http' : name) === last);
  await expect.poll(() => wanted.every(has)).toBe(true);
  return Object.fromEntries(mine().map((span) => [span.kind === 2 ? 'http' : span.name, span]));
}

test('a request is one trace under its caller’s span, and its spans lie within their parents', async () => {
  const trace = traceOf('1');
  const headers = { traceparent: traceparent(trace), tracestate: 'shop=7', 'user-agent': 'till/1' };
  expect(await post('spin', { ...headers, 'x-request-id': 'followed' }, 'brief')).toBe(504);
  const spans = await spansOf(trace);
  const { http, request, media, guest } = spans;
  expect(http).toMatchObject({
    parent: CALLER,
    name: 'POST /models/*model',
    kind: 2,
    status: 2,
    state: 'shop=7',
  });
  expect(http?.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/models/*model',
    'http.response.status_code': 504,
    'url.path': '/models/brief',
    'url.scheme': 'http',
    'user_agent.original': 'till/1',
    'error.type': 'deadline-exceeded',
  });
  expect(request).toMatchObject({ parent: http?.id, kind: 1, status: 2 });
  expect(request?.attributes).toMatchObject({
    'sandpiper.model': 'brief',
    'sandpiper.model.version': 1,
    'error.type': 'deadline-exceeded',
  });
  expect(media?.parent).toBe(request?.id);
  expect(guest?.parent).toBe(request?.id);
  for (const span of Object.values(spans)) {
    const parent = Object.values(spans).find(({ id }) => id === span.parent);
    expect(span.end).toBeGreaterThanOrEqual(span.start);
    if (parent === undefined) continue;
    expect(span.start).toBeGreaterThanOrEqual(parent.start);
    expect(span.end).toBeLessThanOrEqual(parent.end);
  }
});

test('each run of a graph is a span of the component that ran it, and the stages add up', async () => {
  const trace = traceOf('2');
  await using models = await copyModels([imageModel]);
  await using real = await startServer({ models: models.path });
  const { bytes } = await readSample(imageModel);
  const response = await fetch(`${real.url}/models/${imageModel}`, {
    method: 'POST',
    body: bytes,
    headers: { traceparent: traceparent(trace) },
  });
  const stages = new Map(
    (response.headers.get('server-timing') ?? '').split(', ').map((stage) => {
      const [name = '', ms] = stage.split(';dur=');
      return [name, Number(ms)] as const;
    }),
  );
  await response.arrayBuffer();
  const { http, request, media, guest, compute } = await spansOf(trace);
  expect([request?.parent, media?.parent, guest?.parent, compute?.parent]).toEqual([
    http?.id,
    request?.id,
    request?.id,
    guest?.id,
  ]);
  expect(compute?.attributes['sandpiper.graph']).toMatch(new RegExp(`^${imageModel}@1.*/`));
  const msOf = (span: SentSpan | undefined) =>
    span === undefined ? NaN : Number(span.end - span.start) / 1e6;
  expect(msOf(compute)).toBeCloseTo(stages.get('compute') ?? NaN, 1);
  expect(msOf(media)).toBeCloseTo(stages.get('media') ?? NaN, 1);
  const sum = ['queue', 'media', 'guest'].reduce((ms, stage) => ms + (stages.get(stage) ?? NaN), 0);
  expect(sum).toBeLessThanOrEqual((stages.get('total') ?? NaN) + 0.02);
});

test('a call that is stopped tells what it did until then', async () => {
  const computeOf = async (trace: string) => {
    // A client's own, shorter deadline sets no model aside, however often it is missed.
    const options = { deadlineMs: 300, trace: { traceparent: traceparent(trace) } };
    const late = server.service.classify('one', await pictureTo('spin'), options);
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' });
    const { guest, compute } = await spansOf(trace, ['request']);
    if (compute === undefined) return undefined;
    return compute.parent === guest?.id && compute.end <= guest.end;
  };
  // A guest that does not come back in time ends with its thread, and tells nothing.
  const tries = Array.from({ length: 10 }, (_, index) => TRACE.slice(0, -2) + `b${index}`);
  let told: boolean | undefined;
  for (const trace of tries) {
    told ??= await computeOf(trace);
    if (told !== undefined) break;
  }
  expect(told).toBe(true);
});

test('a live session is one trace, its speech a part of it', async () => {
  const trace = traceOf('a');
  await using models = await copyModels([speechModel]);
  await using real = await startServer({ models: models.path });
  const { pcm, sampleRate } = await spokenSample();
  using client = await openRealtime(real.url, { headers: { traceparent: traceparent(trace) } });
  const format = { type: 'audio/pcm', rate: sampleRate };
  const transcription = { model: speechModel };
  client.send({
    type: 'session.update',
    session: { type: 'transcription', audio: { input: { format, transcription } } },
  });
  for (const event of appends(pcm, sampleRate * 2)) client.send(event);
  await client.next('conversation.item.input_audio_transcription.completed');
  client.socket.close();
  const { http, request, guest } = await spansOf(trace);
  expect(http).toMatchObject({ name: 'GET /v1/realtime', parent: CALLER });
  expect(http?.attributes).toMatchObject({ 'http.response.status_code': 101 });
  expect([request?.parent, guest?.parent]).toEqual([http?.id, request?.id]);
});

test('the log’s lines of a request, its guest’s and its trap’s say which trace it is', async () => {
  const trace = traceOf('3');
  await post('log', { traceparent: traceparent(trace), 'x-request-id': 'said' });
  expect(await post('trap', { traceparent: traceparent(trace), 'x-request-id': 'trapped' })).toBe(502);
  const fields = { trace_id: trace, span_id: expect.stringMatching(/^[\da-f]{16}$/) };
  const lines = () => server.log.filter(({ id }) => id === 'said' || id === 'trapped');
  await expect.poll(() => lines().length).toBe(5);
  for (const line of lines()) expect(line).toMatchObject(fields);
  expect(lines().map(({ msg }) => msg)).toEqual([
    'spin',
    'request',
    'component trapped',
    'The component of model one failed.',
    'request',
  ]);
});

test('a caller that does not follow its request is not followed here, and the log still names its trace', async () => {
  const trace = traceOf('4');
  await post('answer', { traceparent: traceparent(trace, '00'), 'x-request-id': 'unfollowed' });
  await post('answer', { traceparent: traceparent(traceOf('5')) });
  await spansOf(traceOf('5'));
  expect(collector.spans.filter((span) => span.trace === trace)).toEqual([]);
  expect(server.log.find(({ id }) => id === 'unfollowed')).toMatchObject({ trace_id: trace });
});

test.each([
  '',
  'nonsense',
  `00-${'0'.repeat(32)}-${CALLER}-01`,
  `${traceparent(TRACE)}, ${traceparent(TRACE)}`,
])('a traceparent that cannot be read begins a trace of its own: %j', async (given) => {
  const id = `odd-${given.length}`;
  expect(await post('answer', { traceparent: given, 'x-request-id': id })).toBe(200);
  const line = server.log.find((logged) => logged['id'] === id);
  expect(line?.['trace_id']).toMatch(/^[\da-f]{32}$/);
  expect((await spansOf(String(line?.['trace_id'])))['http']).toMatchObject({ parent: '' });
});

test('a program’s own call is a part of its trace', async () => {
  const trace = traceOf('6');
  await server.service.classify('one', await pictureTo('answer'), {
    trace: { traceparent: traceparent(trace) },
    requestId: 'called',
  });
  expect((await spansOf(trace, ['request']))['request']).toMatchObject({ parent: CALLER, status: 0 });
  await expect(
    server.service.classify('one', await pictureTo('answer'), { trace: 'x' as never }),
  ).rejects.toMatchObject({ code: 'invalid-request' });
});

test('probes are not followed', async () => {
  await fetch(`${server.url}/v2/health/ready`, { headers: { traceparent: traceparent(traceOf('7')) } });
  await post('answer', { traceparent: traceparent(traceOf('8')) });
  await spansOf(traceOf('8'));
  expect(collector.spans.filter(({ trace }) => trace === traceOf('7'))).toEqual([]);
});

test('the numbers of /metrics are sent under the same names, and say whose they are', async () => {
  await post('answer', { traceparent: traceparent(traceOf('9')) });
  const scraped = await (await fetch(`${server.url}/metrics`)).text();
  const names = [...scraped.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
  const newest = (name: string) => collector.metrics.findLast((metric) => metric.name === name);
  for (const name of names) await expect.poll(() => newest(name)?.name).toBe(name);
  expect(newest('sandpiper_model_ready')).toMatchObject({
    kind: 'gauge',
    points: [{ value: 1 }, { value: 1 }],
  });
  expect(newest('nv_inference_request_success')).toMatchObject({
    kind: 'sum',
    points: expect.arrayContaining([
      expect.objectContaining({ attributes: expect.objectContaining({ model: 'one', version: '1' }) }),
    ]),
  });
  const total = () =>
    newest('sandpiper_request_stage_seconds')?.points.find(
      ({ attributes }) => attributes['model'] === 'one' && attributes['stage'] === 'total',
    );
  const counted = Number(/stage_seconds_count\{model="one",stage="total"\} (\d+)/.exec(scraped)?.[1]);
  const sent = () => total()?.buckets.reduce((sum, count) => sum + count, 0);
  await expect.poll(sent).toBe(counted);
  expect(total()?.bounds.at(-1)).toBe(60);
  expect(total()?.buckets).toHaveLength((total()?.bounds.length ?? 0) + 1);
  expect(collector.resource).toMatchObject({ 'service.name': 'shop', 'shop.number': '7' });
  expect(collector.resource['service.version']).toMatch(/^\d+\.\d+\.\d+/);
});
