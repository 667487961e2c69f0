import { afterAll, beforeAll, expect, test } from 'vitest';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { RequestScope } from '../../src/service/queue/request-scope.ts';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';

let server: ColourServer;
beforeAll(async () => {
  server = await startColourServer({ plain: { deadlineMs: 60_000 }, quick: { deadlineMs: 2_000 } });
});
afterAll(async () => server[Symbol.asyncDispose]());

/** Milliseconds until the deadline's error, and its text. */
async function loopUntilDeadline(
  model: string,
  deadlineMs?: number,
): Promise<{ ms: number; message: string }> {
  const picture = await pictureTo('loop');
  const started = performance.now();
  const ended = server.service.classify(model, picture, deadlineMs === undefined ? {} : { deadlineMs });
  const error: unknown = await ended.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'deadline-exceeded', status: 504 });
  return { ms: performance.now() - started, message: (error as Error).message };
}

test('a model without a deadline of its own gives the default of 10 s', () => {
  expect(MODEL_LIMITS.deadlineMs).toBe(10_000);
  using scope = new RequestScope(MODEL_LIMITS.deadlineMs);
  expect([scope.modelMs, scope.hasClientDeadline, scope.signal.aborted]).toEqual([10_000, false, false]);
});

test("a model's own deadline holds, and a client cannot lengthen it", async () => {
  for (const wished of [undefined, 5_000]) {
    const { ms, message } = await loopUntilDeadline('quick', wished);
    expect(message).toBe('The request was not done within its deadline of 2000 ms.');
    expect(ms).toBeGreaterThanOrEqual(1_999);
  }
});

test("a client's shorter deadline holds, and another request is answered meanwhile and after", async () => {
  const late = loopUntilDeadline('plain', 150);
  const answer = await pictureTo('answer');
  await expect(server.service.classify('plain', answer)).resolves.toBeDefined();
  expect((await late).message).toBe('The request was not done within its deadline of 150 ms.');
  await expect(server.service.classify('plain', answer)).resolves.toBeDefined();
});

test('a graph that runs on is stopped at the deadline, and its core is free for the next request', async () => {
  const spin = await pictureTo('spin');
  // Where the machine is so busy that the deadline comes before the run, it is asked again.
  const hasBegun = async (): Promise<boolean> => {
    const late = server.service.classify('plain', spin, { deadlineMs: 200 }).catch((error: unknown) => error);
    const seen = server.until('graph_runs', 1).then(() => true);
    const begun = await Promise.race([seen, late.then(() => false)]);
    expect(await late).toMatchObject({ code: 'deadline-exceeded' });
    seen.catch(() => undefined);
    return begun;
  };
  while (!(await hasBegun()));
  await server.until('graph_runs', 0);
  await expect(server.service.classify('plain', await pictureTo('answer'))).resolves.toBeDefined();
});
