/** Good requests beside an attack, and the proof afterwards that every thread serves again. */
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { SandpiperError } from '../../src/errors.ts';
import { buildGuest } from './attack-guest.ts';
import type { AttackHost } from './attack-host.ts';

export async function installGood(host: AttackHost): Promise<void> {
  await host.install('good@1', await buildGuest('good'));
  await host.install('wait@1', await buildGuest('wait'), { limits: { computeCalls: 1e12 } });
}

/** A request through the engine and back, checked. */
export async function expectGood(host: AttackHost): Promise<void> {
  expect(await host.call('good@1', { deadlineMs: 30_000 })).toMatchObject({
    outcome: 'value',
    value: [{ index: 42, score: 1 }],
  });
}

/** Milliseconds from one good request to the next: without any they would take the attack's processor. */
const PACE_MS = 10;

/** Lets good requests follow one another for as long as the attack goes on. */
export async function withGoodBeside<Value>(host: AttackHost, attack: Promise<Value>): Promise<Value> {
  const attacking = { over: false };
  const watched = attack.finally(() => (attacking.over = true));
  const settled = watched.then(
    () => undefined,
    () => undefined,
  );
  do {
    await expectGood(host);
    await Promise.race([settled, setTimeout(PACE_MS)]);
  } while (!attacking.over);
  return watched;
}

/** As many requests at one time as there are threads: each sits in a thread of its own until all have one. */
export async function expectAllThreads(host: AttackHost): Promise<void> {
  const enough = new SandpiperError('client-gone', 'all threads have been seen');
  const controller = new AbortController();
  const waits = Array.from({ length: host.threads }, () => {
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const ended = host.call('wait@1', { deadlineMs: 30_000, onStart: resolve, signal: controller.signal });
    return { started, ended };
  });
  await Promise.all(waits.map(({ started }) => started));
  controller.abort(enough);
  for (const { ended } of waits) expect(await ended).toMatchObject({ code: 'client-gone' });
  await Promise.all(waits.map(() => expectGood(host)));
}
