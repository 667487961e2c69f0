import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { SERVICE_LIMITS } from '../../../src/config/limits.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { GuestThreadHandle } from '../../../src/sandbox/guest/guest-thread-handle.ts';
import type { GuestWork } from '../../../src/sandbox/guest-protocol.ts';
import {
  endlessRun,
  loadBareGraphs,
  sameOutcome,
  sameRun,
  type BareGraphs,
} from '../../support/bare-runs.ts';
import { startEngine, until } from '../../support/guest-thread.ts';

let engine: Engine;
let graphs: BareGraphs;
beforeAll(async () => {
  engine = startEngine(1);
  graphs = await loadBareGraphs(engine);
});
afterAll(() => engine.close());

interface Started {
  handle: GuestThreadHandle;
  /** How often the thread was idle, and how often it has ended. */
  seen: { idle: number; gone: number };
}

const started: Started[] = [];
afterEach(async () => {
  for (const { handle } of started) handle.terminate(new Error('the test is over'));
  await until(() => started.every(({ seen }) => seen.gone === 1));
  started.length = 0;
});

function start(): Started {
  const seen = { idle: 0, gone: 0 };
  const handle = new GuestThreadHandle({
    slot: started.length,
    engine,
    programs: [],
    graphs: Object.values(graphs),
    limits: SERVICE_LIMITS,
    onIdle: () => seen.idle++,
    onGone: () => seen.gone++,
    onStuck: () => undefined,
    onLog: () => undefined,
  });
  started.push({ handle, seen });
  return { handle, seen };
}

async function startIdle(): Promise<Started> {
  const one = start();
  await until(() => one.handle.idle);
  return one;
}

const SHORT = { key: 'a program', long: false };

let calls = 0;
const workOf = (run: ReturnType<typeof sameRun>): GuestWork => ({
  kind: 'run',
  ...run,
  callId: ++calls,
  owned: [],
});

test('is idle once its thread has started, works at a call, and is idle again', async () => {
  const { handle, seen } = start();
  expect([handle.idle, handle.working]).toEqual([false, false]);
  await until(() => seen.idle === 1);
  expect([handle.idle, handle.working]).toEqual([true, false]);
  const answer = handle.take(SHORT).call(workOf(sameRun(1)));
  expect([handle.idle, handle.working]).toEqual([false, true]);
  expect(await answer).toMatchObject(sameOutcome(1));
  await until(() => seen.idle === 2);
  expect([handle.idle, handle.working]).toEqual([true, false]);
});

test('that was taken for a call that does not come is idle at once', async () => {
  const { handle, seen } = await startIdle();
  handle.take(SHORT).giveBack();
  expect([handle.idle, handle.working, seen.idle]).toEqual([true, false, 2]);
});

test('rejects a call that is stopped with its reason, and nothing runs any more', async () => {
  const { handle, seen } = await startIdle();
  const stopped = handle.take(SHORT).call(workOf(endlessRun()));
  await until(() => engine.busy === 1);
  const reason = new Error('the client is gone');
  handle.stop(reason);
  await expect(stopped).rejects.toBe(reason);
  // The run ends at its next operator and the thread is idle, or the thread is ended.
  await until(() => engine.busy === 0 && (handle.idle || seen.gone === 1));
  expect(handle.working).toBe(false);
});

test('answers a run at its deadline without losing its thread', async () => {
  const { handle, seen } = await startIdle();
  const late = await handle.take(SHORT).call(workOf(endlessRun(50)));
  expect(late).toMatchObject({ kind: 'refused', code: 'timeout' });
  await until(() => seen.idle === 2);
  expect(await handle.take(SHORT).call(workOf(sameRun(3)))).toMatchObject(sameOutcome(3));
});

test('that is terminated in a call rejects it, ends once and takes no other', async () => {
  const { handle, seen } = await startIdle();
  const lost = handle.take(SHORT).call(workOf(endlessRun()));
  await until(() => engine.busy === 1);
  const reason = new Error('it has to go');
  const rejected = lost.catch((error: unknown) => error);
  handle.terminate(reason);
  handle.terminate(new Error('a later reason does not count'));
  expect(await rejected).toBe(reason);
  await until(() => seen.gone === 1);
  expect([handle.idle, handle.working, engine.busy]).toEqual([false, false, 0]);
  await expect(handle.call(workOf(sameRun(1)))).rejects.toBe(reason);
});

test('that is terminated while it starts is never idle', async () => {
  const { handle, seen } = start();
  handle.terminate(new Error('not needed'));
  await until(() => seen.gone === 1);
  expect(seen.idle).toBe(0);
});

test('that is retired takes no call from then on', async () => {
  const { handle, seen } = await startIdle();
  handle.terminate(new Error('retired'));
  expect(handle.idle).toBe(false);
  await until(() => seen.gone === 1);
  await expect(handle.call(workOf(sameRun(1)))).rejects.toThrow('retired');
});
