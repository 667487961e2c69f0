import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';

let server: ColourServer;
beforeAll(async () => {
  server = await startColourServer({ one: {}, two: {} });
});
afterAll(async () => server[Symbol.asyncDispose]());

async function scrape(): Promise<{ type: string | null; text: string }> {
  const response = await fetch(`${server.url}/metrics`);
  expect(response.status).toBe(200);
  return { type: response.headers.get('content-type'), text: await response.text() };
}

test('GET /metrics counts requests by model and outcome, and measures their stages', async () => {
  const post = async (model: string, what: Parameters<typeof pictureTo>[0]) => {
    const body = new Uint8Array(await pictureTo(what));
    return (await fetch(`${server.url}/models/${model}`, { method: 'POST', body })).status;
  };
  expect([await post('one', 'answer'), await post('one', 'refuse'), await post('one', 'trap')]).toEqual([
    200, 422, 502,
  ]);
  const { type, text } = await scrape();
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = text.split('\n');
  for (const line of [
    'sandpiper_requests_total{model="one",outcome="ok"} 1',
    'sandpiper_requests_total{model="one",outcome="unusable-input"} 1',
    'sandpiper_requests_total{model="one",outcome="component-failed"} 1',
    'sandpiper_requests_total{model="two",outcome="ok"} 0',
    'sandpiper_component_traps_total{model="one"} 1',
    'sandpiper_component_traps_total{model="two"} 0',
    'sandpiper_model_ready{model="one"} 1',
    'sandpiper_model_set_aside_total{model="one"} 0',
    'sandpiper_requests_present{model="one"} 0',
    'sandpiper_graph_runs 0',
    ...['queue', 'media', 'guest', 'compute', 'total'].map(
      (stage) => `sandpiper_request_stage_seconds_count{model="one",stage="${stage}"} 1`,
    ),
  ])
    expect(lines).toContain(line);
  const delay = /^sandpiper_event_loop_delay_seconds\{statistic="longest"\} (.*)$/m.exec(text)?.[1];
  expect(Number(delay)).toBeGreaterThan(0);
  // Started, called for samples and now: none took a minute.
  expect(lines).toContain('sandpiper_request_stage_seconds_bucket{le="60",model="one",stage="total"} 1');
  await server.until('guest_threads_replaced_total', 1);
});

test('a client cannot make a series', async () => {
  // Series of HTTP have the status that was answered, which is one of a few.
  const seriesOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => !line.startsWith('sandpiper_http_requests_total{'))
      .map((line) => line.slice(0, line.lastIndexOf(' ')));
  const before = seriesOf((await scrape()).text);
  for (const name of ['unknown', '__proto__', 'a"} 1\nx{b="']) {
    await expect(server.service.classify(name, new Uint8Array())).rejects.toMatchObject({
      code: 'not-found',
    });
    await fetch(`${server.url}/models/${encodeURIComponent(name)}`, { method: 'POST', body: 'x' });
    expect((await fetch(`${server.url}/v2/models/${encodeURIComponent(name)}/ready`)).status).toBe(404);
  }
  expect(seriesOf((await scrape()).text)).toEqual(before);
});
