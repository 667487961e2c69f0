import { afterEach, expect, test, vi } from 'vitest';
import { wantedExports } from '../../src/telemetry/export-settings.ts';
import { openTelemetry } from '../../src/telemetry/opentelemetry/open-telemetry.ts';
import { Span } from '../../src/telemetry/span.ts';
import { loggerInto, type LogLines } from '../support/door.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

/** The number of requests in a thousand that are followed, and the log's lines on the variables. */
async function followed(
  variables: Record<string, string>,
  flags?: '00' | '01',
): Promise<{ share: number; log: LogLines }> {
  const environment = { ...ENDPOINT, OTEL_METRICS_EXPORTER: 'none', ...variables };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const log: LogLines = [];
  await using telemetry = await openTelemetry(loggerInto(log));
  let count = 0;
  for (let request = 0; request < 1_000; request++) {
    const span = new Span('request');
    const caller = `00-${(request + 1).toString(16).padStart(32, '1')}-b7ad6b7169203331-${flags}`;
    const trace = telemetry?.tracing?.follow(span, flags && { traceparent: caller });
    if (trace?.parentOf(span).traceparent.endsWith('-01') === true) count++;
  }
  return { share: count / 1_000, log };
}

test.each<[string, Record<string, string>, '00' | '01' | undefined, number]>([
  ['all where nothing is said', {}, undefined, 1],
  ['what the caller follows', {}, '01', 1],
  ['nothing that the caller does not', {}, '00', 0],
  ['none by always_off', { OTEL_TRACES_SAMPLER: 'always_off' }, '01', 0],
  ['all by always_on', { OTEL_TRACES_SAMPLER: 'always_on' }, '00', 1],
  [
    'the caller’s alone by parentbased_always_off',
    { OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
    '01',
    1,
  ],
  ['no other by parentbased_always_off', { OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, undefined, 0],
])('followed are %s', async (_, variables, flags, share) => {
  const found = await followed(variables, flags);
  expect(found.share).toBe(share);
  expect(found.log).toEqual([]);
});

test('a share of the requests is followed by a ratio', async () => {
  const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.2' };
  const { share } = await followed(ratio);
  // A thousand tosses of a coin that shows heads in a fifth of them: ten standard deviations to either side.
  expect(Math.abs(share - 0.2)).toBeLessThan(0.13);
});

test.each([
  [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 'OTEL_TRACES_SAMPLER: expected one of always_on'],
  [{ OTEL_TRACES_SAMPLER_ARG: 'half' }, 'OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got half'],
  [{ OTEL_TRACES_SAMPLER: 'constructor' }, 'OTEL_TRACES_SAMPLER: expected one of'],
])('%j is told, and all are followed', async (variables, sentence) => {
  const { share, log } = await followed(variables);
  expect(share).toBe(1);
  expect(log).toMatchObject([{ level: 'warn', msg: expect.stringContaining(sentence) }]);
});

test.each<[Record<string, string>, [traces: boolean, metrics: boolean, warnings: number]]>([
  [{}, [false, false, 0]],
  [ENDPOINT, [true, true, 0]],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, [true, false, 0]],
  [{ OTEL_METRICS_EXPORTER: 'otlp' }, [false, true, 0]],
  [{ ...ENDPOINT, OTEL_METRICS_EXPORTER: 'none' }, [true, false, 0]],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' }, [true, false, 0]],
  [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }, [false, false, 0]],
  [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'jaeger' }, [false, true, 1]],
  [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, [false, false, 2]],
  [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }, [false, true, 1]],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, [false, false, 0]],
])('%j asks for these', (environment, [traces, metrics, warnings]) => {
  const wanted = wantedExports(environment);
  expect([wanted.traces, wanted.metrics, wanted.warnings.length]).toEqual([traces, metrics, warnings]);
});

test('where gRPC is asked for, the log says what to set in its place', () => {
  const { warnings } = wantedExports({ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  expect(warnings).toEqual(
    ['traces', 'metrics'].map(
      (signal) =>
        `${signal} are not sent: expected http/protobuf as OTEL_EXPORTER_OTLP_PROTOCOL, got grpc; set that, and an endpoint where the collector takes OTLP by HTTP, by default at port 4318.`,
    ),
  );
});
