import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import { startScripted } from '../support/scripted-predictor.ts';

let server: ColourServer;
beforeAll(async () => {
  server = await startColourServer({ busy: { deadlineMs: 600_000 }, other: {} });
});
afterAll(async () => server[Symbol.asyncDispose]());

test.each(['loop', 'spin'] as const)(
  'requests of a model that %ss until its deadline do not keep those of others waiting for it',
  async (what) => {
    await server.quiet();
    const leaving = new AbortController();
    const options = { signal: leaving.signal };
    const picture = await pictureTo(what);
    let over = 0;
    const crowd = Array.from({ length: 8 }, async () =>
      server.service.classify('busy', picture, options).finally(() => over++),
    );
    const ended = Promise.allSettled(crowd);
    await server.until('guest_threads{state="working"}', 2);
    for (let i = 0; i < 3; i++) await server.service.classify('other', await pictureTo('answer'));
    expect(over).toBe(0);
    leaving.abort();
    for (const { status } of await ended) expect(status).toBe('rejected');
  },
);

test.each([
  ['half a second each', '500'],
  ['a second and a half each, or no time at all', '1500 0'],
])('calls of %s do not keep those of another model waiting for them', async (_name, times) => {
  const describe = `return {
    inputs: [{ name: 'text', description: '', kind: { tag: 'text' }, occurrence: 'required' }],
    parameters: [],
    outputs: [{ name: 'told', description: '', kind: { tag: 'text' }, optional: true }],
  };`;
  const predict = `const begun = Date.now(); while (Date.now() - begun < Number(of('text')[0])); return [];`;
  await using scripted = await startScripted(
    { busy: { describe, predict }, other: { describe, predict } },
    { guestThreads: 2, concurrentRuns: 2 },
  );
  const { service } = scripted;
  const over = new AbortController();
  let ended = 0;
  const each = times.split(' ');
  const crowd = Array.from({ length: 8 }, async (_, at) => {
    for (let asked = at; !over.signal.aborted; asked++) {
      await service.predict('busy', { text: each[asked % each.length] ?? '' });
      ended++;
    }
  });
  await expect.poll(() => ended, { timeout: 20_000 }).toBeGreaterThan(3);
  const before = ended;
  for (let asked = 0; asked < 5; asked++) await service.predict('other', { text: '0' });
  // Each would have waited for all eight.
  expect(ended - before).toBeLessThan(20);
  over.abort();
  await Promise.all(crowd);
});
