import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SandpiperError } from '../../src/errors.ts';
import { CircuitBreaker } from '../../src/service/queue/circuit-breaker.ts';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';

describe('Its back-off', () => {
  afterEach(() => vi.useRealTimers());

  test('doubles from 1 s to 60 s with each failed probe, and starts anew once a probe has passed', async () => {
    vi.useFakeTimers();
    const began = Date.now();
    const probes: number[] = [];
    const changes: boolean[] = [];
    using breaker = new CircuitBreaker({
      model: 'm',
      probe: async () => {
        if (probes.push(Math.round((Date.now() - began) / 1_000)) < 8) throw new Error('it still fails');
      },
      onChange: (open) => changes.push(open),
    });
    for (let i = 0; i < 4; i++) breaker.failed();
    expect(breaker.open).toBe(false);
    breaker.failed();
    expect(breaker.open).toBe(true);
    await vi.advanceTimersByTimeAsync(183_000);
    expect(probes).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    expect([breaker.open, changes]).toEqual([false, [true, false]]);

    for (let i = 0; i < 5; i++) breaker.failed();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(probes.at(-1)).toBe(184);
    expect(breaker.open).toBe(false);
  });

  test('ends with the service, even in the middle of a probe', async () => {
    vi.useFakeTimers();
    const { promise, reject } = Promise.withResolvers<void>();
    const breaker = new CircuitBreaker({ model: 'm', probe: async () => promise, onChange: () => undefined });
    for (let i = 0; i < 5; i++) breaker.failed();
    await vi.advanceTimersByTimeAsync(1_000);
    breaker[Symbol.dispose]();
    reject(new Error('closed'));
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('A model in service', () => {
  let server: ColourServer;
  beforeAll(async () => {
    const models = { failing: {}, slow: { deadlineMs: 1_500 }, other: {} };
    server = await startColourServer(models);
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  const ask = async (what: Parameters<typeof pictureTo>[0], options = {}, model = 'failing') =>
    server.service.classify(model, await pictureTo(what), options);
  const get = async (path: string) => {
    const response = await fetch(`${server.url}${path}`);
    return [response.status, await response.json()];
  };

  test('is set aside after five failures in a row, alone, and comes back when its sample passes', async () => {
    for (let i = 0; i < 4; i++) await expect(ask('trap')).rejects.toMatchObject({ code: 'component-failed' });
    expect(await get('/v2/models/failing/ready')).toEqual([200, { name: 'failing', ready: true }]);
    await expect(ask('trap')).rejects.toMatchObject({ code: 'component-failed' });

    await expect(ask('answer')).rejects.toMatchObject({ code: 'not-ready', status: 503 });
    expect(await get('/v2/models/failing/ready')).toEqual([
      503,
      { error: expect.stringContaining('set aside') },
    ]);
    expect(await get('/v2/models/other/ready')).toEqual([200, { name: 'other', ready: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true, live: true, complete: true }]);
    expect((await ask('answer', {}, 'other')).predictions).toMatchObject([{ label: 'red' }]);
    expect(await server.metric('model_ready{model="failing"}')).toBe(0);
    expect(await server.metric('model_set_aside_total{model="failing"}')).toBe(1);
    expect(await server.metric('model_set_aside_total{model="other"}')).toBe(0);
    expect(await server.metric('component_traps_total{model="failing"}')).toBe(5);

    await expect.poll(() => get('/v2/models/failing/ready')).toMatchObject([200, {}]);
    expect((await ask('answer')).predictions).toMatchObject([{ label: 'red' }]);
    expect(server.log).toContainEqual(expect.objectContaining({ msg: 'model back in service' }));
  });

  test('stays while any answer, even a refusal of the input, comes in between', async () => {
    for (const between of ['answer', 'refuse'] as const) {
      for (let i = 0; i < 4; i++)
        await expect(ask('trap')).rejects.toMatchObject({ code: 'component-failed' });
      const refused = { name: 'SandpiperError', code: 'unusable-input', status: 422 };
      if (between === 'answer') await ask('answer');
      else await expect(ask('refuse')).rejects.toMatchObject(refused);
    }
    expect(await server.metric('model_ready{model="failing"}')).toBe(1);
    await ask('answer');
  });

  test('is not set aside by clients in a hurry, nor by clients that hang up', async () => {
    for (let i = 0; i < 6; i++)
      await expect(ask('loop', { deadlineMs: 100 })).rejects.toMatchObject({ code: 'deadline-exceeded' });
    for (let i = 0; i < 6; i++) {
      await server.quiet();
      const hangUp = new AbortController();
      const asked = ask('loop', { signal: hangUp.signal });
      await server.until('guest_threads{state="working"}', 1);
      hangUp.abort();
      await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(await server.metric('model_ready{model="failing"}')).toBe(1);
  });

  test('is not set aside by so many requests that each gets a thread too late', async () => {
    // Two threads, 1,500 ms for each request: whoever comes after the first two starts just before its deadline.
    const crowd: Promise<string>[] = [];
    for (let i = 0; i < 25; i++) {
      crowd.push(ask('loop', {}, 'slow').then(() => 'answered', codeOf));
      await sleep(20);
    }
    expect(new Set(await Promise.all(crowd))).toEqual(new Set(['deadline-exceeded']));
    expect(await server.metric('model_ready{model="slow"}')).toBe(1);
    await ask('answer', {}, 'slow');
  });

  test('is set aside by deadlines of its own that it misses', async () => {
    let missed = 0;
    // One that gets its thread too late does not count.
    for (; (await get('/v2/models/slow/ready'))[0] !== 503; missed++)
      await expect(ask('loop', {}, 'slow')).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect(missed).toBeGreaterThanOrEqual(5);
    expect((await get('/v1/models'))[0]).toBe(200);
  });
});

test('A model is not set aside for deadlines that it missed while engines were busy with another', async () => {
  const models = { held: { deadlineMs: 1_000 }, busy: {} };
  await using server = await startColourServer(models, { concurrentRuns: 1, guestThreads: 7 });
  const spin = await pictureTo('spin');
  const hangUp = new AbortController();
  // Two that come back at once keep the one engine thread from ever being without them.
  const keepBusy = async () => {
    while (!hangUp.signal.aborted)
      await server.service.classify('busy', spin, { signal: hangUp.signal }).catch(() => undefined);
  };
  const crowd = Promise.all([keepBusy(), keepBusy()]);
  await server.until('graph_runs', 1);
  const held = Array.from({ length: 5 }, async () => server.service.classify('held', spin).catch(codeOf));
  const ends = await Promise.all(held);
  expect(ends.filter((end) => end === 'deadline-exceeded').length).toBeGreaterThan(1);
  expect(await server.metric('model_ready{model="held"}')).toBe(1);
  hangUp.abort();
  await crowd;
});

function codeOf(error: unknown): string {
  return error instanceof SandpiperError ? error.code : String(error);
}
