import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';

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
