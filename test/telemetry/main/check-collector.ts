/** A served photo and a served sound in OpenTelemetry's own collector: one trace a request, the right parent, spans that add up. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServing } from '../../support/cli.ts';
import { imageModel, readSample, speechModel } from '../../support/models.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { buildCollector } from './build-collector.ts';

/** As OTLP's JSON has it. */
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: { key: string; value: { stringValue?: string; intValue?: string } }[];
}

export async function checkCollector(): Promise<string> {
  const binary = await buildCollector();
  await using folder = await temporaryFolder('sandpiper-otelcol-');
  const [port, file] = [await freePort(), join(folder.path, 'told.jsonl')];
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { file: { path: file, flush_interval: '100ms' } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        traces: { receivers: ['otlp'], exporters: ['file'] },
        metrics: { receivers: ['otlp'], exporters: ['file'] },
      },
    },
  };
  // JSON is YAML.
  await writeFile(join(folder.path, 'config.yaml'), JSON.stringify(config));
  const collector = spawn(binary, ['--config', join(folder.path, 'config.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  collector.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  try {
    while (!log.includes('Everything is ready')) {
      assert.equal(collector.exitCode, null, log);
      await sleep(50);
    }
    const asked = await serveTwo(`http://127.0.0.1:${port}`);
    collector.kill('SIGTERM');
    await once(collector, 'exit');
    return checkTold(await readFile(file, 'utf8'), asked);
  } finally {
    collector.kill('SIGKILL');
  }
}

interface Asked {
  trace: string;
  caller: string;
  /** Milliseconds of each stage, as the answer told them. */
  timing: Map<string, number>;
}

/** A photo and a sound, each with a trace of its caller's; the service has ended when this resolves. */
async function serveTwo(endpoint: string): Promise<Asked[]> {
  using cli = await startServing([], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } });
  const asked: Asked[] = [];
  for (const model of [imageModel, speechModel]) {
    const [trace, caller] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const { bytes } = await readSample(model);
    const response = await fetch(`${cli.url}/models/${model}`, {
      method: 'POST',
      body: bytes,
      headers: { traceparent: `00-${trace}-${caller}-01` },
    });
    await response.arrayBuffer();
    assert.equal(response.status, 200);
    const stages = (response.headers.get('server-timing') ?? '')
      .split(', ')
      .map((stage) => stage.split(';dur='));
    asked.push({ trace, caller, timing: new Map(stages.map(([name = '', ms]) => [name, Number(ms)])) });
  }
  cli.process.kill('SIGTERM');
  const { code, stderr } = await cli.result;
  assert.equal(code, 0, stderr);
  return asked;
}

function checkTold(lines: string, asked: readonly Asked[]): string {
  const told = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never[]>);
  const scopes = (batches: string, kind: string) =>
    told
      .flatMap((batch) => (batch[batches] ?? []) as Record<string, Record<string, never[]>[]>[])
      .flatMap((resource) => resource[kind] ?? []);
  const spans = scopes('resourceSpans', 'scopeSpans').flatMap((scope) => (scope['spans'] ?? []) as Span[]);
  const metrics = scopes('resourceMetrics', 'scopeMetrics').flatMap(
    (scope) => (scope['metrics'] ?? []) as { name: string }[],
  );
  assert.ok(metrics.some(({ name }) => name === 'sandpiper_requests_total'));
  // One trace a request, and none of anything else.
  assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set(asked.map(({ trace }) => trace)));
  for (const { trace, caller, timing } of asked) {
    checkTrace(
      spans.filter(({ traceId }) => traceId === trace),
      caller,
      timing,
    );
  }
  return `${spans.length} spans in ${asked.length} traces, ${new Set(metrics.map(({ name }) => name)).size} metrics`;
}

function checkTrace(spans: readonly Span[], caller: string, timing: Map<string, number>): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  assert.equal(byId.size, spans.length);
  const roots = spans.filter(({ parentSpanId }) => !byId.has(parentSpanId ?? ''));
  assert.deepEqual(
    roots.map(({ name, kind, parentSpanId }) => ({ name, kind, parentSpanId })),
    [{ name: 'POST /models/*model', kind: 2, parentSpanId: caller }],
  );
  for (const span of spans) {
    const parent = byId.get(span.parentSpanId ?? '');
    if (parent === undefined) continue;
    const within =
      BigInt(span.startTimeUnixNano) >= BigInt(parent.startTimeUnixNano) &&
      BigInt(span.endTimeUnixNano) <= BigInt(parent.endTimeUnixNano);
    assert.ok(within, `${span.name} is not within ${parent.name}`);
  }
  const total = (name: string) =>
    spans.filter((span) => span.name === name).reduce((ms, span) => ms + msOf(span), 0);
  // The answer's own header has two digits behind the point.
  const same = (name: string, ms: number) =>
    assert.ok(
      Math.abs(ms - (timing.get(name) ?? NaN)) < 0.05,
      `${name}: ${ms} in spans, ${timing.get(name)} told`,
    );
  same('compute', total('compute'));
  same('queue', total('queue'));
  assert.ok(spans.some(({ name }) => name === 'compute'));
  const request = spans.filter(({ name }) => name === 'request');
  assert.equal(request.length, 1);
  const stages = ['queue', 'media', 'guest'].reduce((ms, name) => ms + (timing.get(name) ?? NaN), 0);
  assert.ok(stages <= total('request') + 0.05, `${stages} ms of stages in ${total('request')} ms of request`);
}

function msOf({ startTimeUnixNano, endTimeUnixNano }: Span): number {
  return Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6;
}
