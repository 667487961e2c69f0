/** The metrics as other programs read them: Prometheus' own checker, and dashboards made for Triton. */
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import { openDoor } from '../support/door.ts';

const promtool = spawnSync('promtool', ['--version']).error === undefined;

let server: ColourServer;
beforeAll(async () => {
  server = await startColourServer({ one: { deadlineMs: 1_000 } });
});
afterAll(async () => server[Symbol.asyncDispose]());

const scrape = async (url = server.url, headers: Record<string, string> = {}): Promise<string> =>
  (await fetch(`${url}/metrics`, { headers })).text();

const post = async (
  what: Parameters<typeof pictureTo>[0],
  headers: Record<string, string> = {},
): Promise<number> => {
  const body = new Uint8Array(await pictureTo(what));
  const response = await fetch(`${server.url}/models/one`, { method: 'POST', body, headers });
  await response.arrayBuffer();
  return response.status;
};

test('HTTP requests are counted by their status, those that never reach a model included', async () => {
  const key = (name: string, more: object = {}) => ({ name, key: name.repeat(16), ...more });
  const keys = JSON.stringify([key('a', { requestsPerMinute: 1, burst: 1 }), key('watcher')]);
  await using door = await openDoor(server.service, { keys });
  const as = (name: string) => ({ authorization: `Bearer ${name.repeat(16)}` });
  const statusOf = async (headers: Record<string, string>) =>
    (await fetch(`${door.url}/v1/models`, { headers })).status;
  expect([await statusOf({}), await statusOf(as('a')), await statusOf(as('a'))]).toEqual([401, 200, 429]);
  expect(await statusOf(as('stranger'))).toBe(401);
  const malformed = connect(Number(new URL(door.url).port), '127.0.0.1');
  malformed.end('no HTTP at all\r\n\r\n');
  await once(malformed.resume(), 'close');
  const lines = (await scrape(door.url, as('watcher'))).split('\n');
  for (const series of [
    'method="GET",status="401"} 2',
    'method="GET",status="200"} 1',
    'method="GET",status="429"} 1',
  ])
    expect(lines).toContain(`sandpiper_http_requests_total{${series}`);
  expect(lines).toContain('sandpiper_http_requests_total{method="other",status="400"} 1');
});

test('what a client sends makes no series for HTTP but one for each status', async () => {
  for (const method of ['PURGE', 'PROPFIND', 'MKCOL']) await fetch(`${server.url}/x`, { method });
  const methods = [...(await scrape()).matchAll(/^sandpiper_http_requests_total\{method="(\w+)"/gm)];
  expect(new Set(methods.map(([, method]) => method)).isSubsetOf(new Set(['GET', 'POST', 'other']))).toBe(
    true,
  );
});

test('the versions of what runs are told, and what the engine may take', async () => {
  const text = await scrape();
  expect(text).toMatch(
    new RegExp(
      `^sandpiper_build_info\\{version="\\d+\\.\\d+\\.\\d+",node="${process.versions.node}",onnxruntime="1\\.\\d+\\.\\d+"\\} 1$`,
      'm',
    ),
  );
  const bytes = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  const limit = bytes('sandpiper_engine_memory_limit_bytes');
  const [used = NaN, peak = NaN, held = NaN] = ['used', 'peak', 'held'].map((kind) =>
    bytes(`sandpiper_engine_memory_bytes{kind="${kind}"}`),
  );
  expect(used).toBeGreaterThan(0);
  expect([used <= peak, used <= held, peak <= limit]).toEqual([true, true, true]);
  expect(bytes('process_resident_memory_bytes')).toBeGreaterThan(held);
  expect(bytes('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(bytes('process_start_time_seconds') * 1_000).toBeCloseTo(performance.timeOrigin, -3);
});

test('traps, refusals and missed deadlines are counted for each model, and as Triton counts them', async () => {
  expect([await post('answer'), await post('refuse'), await post('trap'), await post('loop')]).toEqual([
    200, 422, 502, 504,
  ]);
  const text = await scrape();
  const valueOf = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  expect(valueOf('sandpiper_component_traps_total{model="one"}')).toBe(1);
  expect(valueOf('sandpiper_component_refusals_total{model="one"}')).toBe(1);
  expect(valueOf('sandpiper_component_deadlines_total{model="one"}')).toBe(1);
  const labels = 'model="one",version="1"';
  for (const name of ['request_success', 'count', 'exec_count'])
    expect([name, valueOf(`nv_inference_${name}{${labels}}`)]).toEqual([name, 1]);
  for (const [reason, count] of Object.entries({ REJECTED: 0, CANCELED: 0, BACKEND: 1, OTHER: 2 }))
    expect([reason, valueOf(`nv_inference_request_failure{${labels},reason="${reason}"}`)]).toEqual([
      reason,
      count,
    ]);
  expect(valueOf(`nv_inference_pending_request_count{${labels}}`)).toBe(0);
  const micros = (stage: string) => valueOf(`nv_inference_${stage}_duration_us{${labels}}`);
  const parts = ['queue', 'compute_input', 'compute_infer', 'compute_output'].map(micros);
  expect(micros('request')).toBeGreaterThan(0);
  // Each is rounded by itself.
  expect(Math.abs(micros('request') - parts.reduce((sum, part) => sum + part, 0))).toBeLessThan(5);
  expect(valueOf(`nv_model_load_duration_secs{${labels}}`)).toBeGreaterThan(0);
  expect(valueOf('nv_cpu_memory_used_bytes')).toBeLessThan(valueOf('nv_cpu_memory_total_bytes'));
  expect(valueOf('nv_cpu_utilization')).toBeLessThanOrEqual(1);
});

test.skipIf(!promtool)(
  'promtool reads all of it, and has nothing against any name but Triton’s',
  async () => {
    await post('answer');
    const { stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input: await scrape(),
      encoding: 'utf8',
    });
    // 3: it is read, and a name is not as it advises.
    expect([0, 3]).toContain(status);
    expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('nv_'))).toEqual([]);
  },
);

test('the log’s line of a request says which version of the model answered', async () => {
  await post('answer', { 'x-request-id': 'which-version' });
  await expect
    .poll(() => server.log.find((line) => line['msg'] === 'request' && line['id'] === 'which-version'))
    .toMatchObject({ model: 'one', version: 1 });
});

test('a line that a guest logs has the id of the request that it works for', async () => {
  await post('log', { 'x-request-id': 'which-line' });
  await server.service.classify('one', await pictureTo('log'), { requestId: 'a-call' });
  const lines = server.log.filter(({ msg }) => msg === 'spin');
  expect(lines.map(({ id, component }) => [id, component])).toEqual([
    ['which-line', 'one@1'],
    ['a-call', 'one@1'],
  ]);
});

test('a trap’s line in the log has the request’s id and the guest’s stack', async () => {
  await post('trap', { 'x-request-id': 'which-trap' });
  const trapped = server.log.find(
    (line) => line['msg'] === 'component trapped' && line['id'] === 'which-trap',
  );
  expect(trapped).toMatchObject({ model: 'one', stack: expect.stringContaining('at classify (wasm:') });
  const requestId = 'from-the-library';
  const picture = await pictureTo('trap');
  await expect(server.service.classify('one', picture, { requestId })).rejects.toThrow(/failed/);
  expect(server.log.find((line) => line['id'] === requestId)).toMatchObject({ msg: 'component trapped' });
  // The threads that replace those of the traps have started.
  await server.until('guest_threads{state="idle"}', 3);
});
