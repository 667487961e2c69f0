import { afterAll, beforeAll, expect, test } from 'vitest';
import { monotonicMs } from '../../../src/async/clock.ts';
import { SERVICE_LIMITS } from '../../../src/config/limits.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { GuestPool } from '../../../src/sandbox/guest/guest-pool.ts';
import { endlessRun, loadBareGraphs, sameOutcome, sameRun } from '../../support/bare-runs.ts';
import { startEngine, until } from '../../support/guest-thread.ts';

/** Two calls may work at a time; a third thread stands ready to replace one of theirs. */
const THREADS = 2;

let engine: Engine;
let pool: GuestPool;

beforeAll(async () => {
  engine = startEngine(THREADS);
  pool = new GuestPool({ threads: THREADS, engine, limits: SERVICE_LIMITS, onLog: () => undefined });
  const { same, spin } = await loadBareGraphs(engine);
  for (const graph of [same, spin]) pool.installGraph(graph);
  await pool.settled();
});
afterAll(async () => {
  await pool.close();
  engine.close();
});

const never = new AbortController().signal;

/** A run that ends only when it is aborted, and what it ends with. */
function startEndless(): { controller: AbortController; outcome: Promise<unknown> } {
  const controller = new AbortController();
  const outcome = pool.run(endlessRun(), { signal: controller.signal }).catch((error: unknown) => error);
  return { controller, outcome };
}

test('has one thread more than may work, and each of them answers', async () => {
  expect(pool.state).toEqual({ working: 0, paused: 0, idle: THREADS + 1, replaced: 0 });
  const values = [1, 2, 3, 4, 5, 6];
  const outcomes = await Promise.all(
    values.map(async (value) => pool.run(sameRun(value), { signal: never })),
  );
  expect(outcomes).toMatchObject(values.map(sameOutcome));
});

test('lets no more calls work than may, and serves the queue in the order of arrival', async () => {
  const [first, second] = [startEndless(), startEndless()];
  await until(() => engine.busy === THREADS);
  const order: number[] = [];
  const waiting = [1, 2].map(async (value) =>
    pool.run(sameRun(value), { signal: never, onStart: () => order.push(value) }),
  );
  expect(pool.state).toMatchObject({ working: THREADS, idle: 1 });
  first.controller.abort(new Error('enough'));
  expect(await Promise.all(waiting)).toMatchObject([1, 2].map(sameOutcome));
  expect(order).toEqual([1, 2]);
  second.controller.abort(new Error('enough'));
  await Promise.all([first.outcome, second.outcome]);
});

test('lets a call that is aborted in the queue go with its reason, and the others stay', async () => {
  const running = [startEndless(), startEndless()];
  await until(() => engine.busy === THREADS);
  const impatient = new AbortController();
  const waiting = pool.run(sameRun(1), { signal: impatient.signal });
  const behind = pool.run(sameRun(2), { signal: never });
  const reason = new Error('the client is gone');
  impatient.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(engine.busy).toBe(THREADS);
  running[0]?.controller.abort(new Error('enough'));
  expect(await behind).toMatchObject(sameOutcome(2));
  running[1]?.controller.abort(new Error('enough'));
  await Promise.all(running.map(async ({ outcome }) => outcome));
});

test('ends a call that runs with its reason, stops its run, and has all threads again', async () => {
  const { controller, outcome } = startEndless();
  await until(() => engine.busy === 1);
  const reason = new Error('the client is gone');
  controller.abort(reason);
  expect(await outcome).toBe(reason);
  await until(() => engine.busy === 0 && pool.state.idle === THREADS + 1);
  expect(await pool.run(sameRun(3), { signal: never })).toMatchObject(sameOutcome(3));
});

test('refuses a run at its deadline, and the thread lives on', async () => {
  const { replaced } = pool.state;
  expect(await pool.run(endlessRun(50), { signal: never })).toMatchObject({
    kind: 'refused',
    code: 'timeout',
  });
  expect(await pool.run(sameRun(4), { signal: never })).toMatchObject(sameOutcome(4));
  expect(pool.state.replaced).toBe(replaced);
});

test('keeps a thread for others until those that calls of a program have cost are there again', async () => {
  await until(() => pool.state.idle === THREADS + 1);
  const order: string[] = [];
  // It is not installed, and so its calls trap.
  const call = {
    program: 'absent',
    function: 'any',
    args: [],
    media: undefined,
    deadline: monotonicMs() + 600_000,
  };
  const trap = async (): Promise<unknown> =>
    pool.call(call, { signal: never, onStart: () => order.push('trap') });
  expect(await Promise.all([trap(), trap()])).toMatchObject([{ kind: 'trap' }, { kind: 'trap' }]);
  const third = trap();
  const other = pool.run(sameRun(1), { signal: never, onStart: () => order.push('other') });
  expect(await other).toMatchObject(sameOutcome(1));
  await third;
  expect(order).toEqual(['trap', 'trap', 'other', 'trap']);
  await until(() => pool.state.idle === THREADS + 1);
});

test('does not start a call whose signal is aborted already', async () => {
  await until(() => pool.state.idle === THREADS + 1);
  const reason = new Error('too late');
  await expect(pool.run(sameRun(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(pool.state).toMatchObject({ working: 0, idle: THREADS + 1 });
});

test('finds a graph no more that was uninstalled', async () => {
  pool.uninstallGraph('same');
  expect(await pool.run(sameRun(1), { signal: never })).toMatchObject({ kind: 'refused', code: 'not-found' });
});

test('closing rejects what runs, what waits and what comes later, and ends every thread', async () => {
  const running = [startEndless(), startEndless()];
  await until(() => engine.busy === THREADS);
  const waiting = pool.run(sameRun(1), { signal: never }).catch((error: unknown) => error);
  await pool.close();
  const closing = { code: 'not-ready', message: 'The service is closing.' };
  for (const { outcome } of running) expect(await outcome).toMatchObject(closing);
  expect(await waiting).toMatchObject(closing);
  await expect(pool.run(sameRun(1), { signal: never })).rejects.toMatchObject(closing);
  expect(pool.state).toMatchObject({ working: 0, paused: 0, idle: 0 });
  expect(engine.busy).toBe(0);
});

test('says why where no thread can be started, in place of waiting for one', async () => {
  // With a little more V8 may end the process (settings.ts refuses both).
  const limits = { ...SERVICE_LIMITS, guestHeapBytes: (4 * 2 ** 20) as never };
  await using cramped = await crampedPool(limits);
  await expect(cramped.pool.up).rejects.toThrow(
    /^No thread for components can be started: .*guestHeapBytes of 4194304/,
  );
});

async function crampedPool(limits: typeof SERVICE_LIMITS): Promise<{ pool: GuestPool } & AsyncDisposable> {
  const ownEngine = startEngine(1);
  const ownPool = new GuestPool({ threads: 1, engine: ownEngine, limits, onLog: () => undefined });
  return {
    pool: ownPool,
    [Symbol.asyncDispose]: async () => {
      await ownPool.close();
      ownEngine.close();
    },
  };
}
