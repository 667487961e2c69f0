import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { buildGuest } from '../support/attack-guest.ts';
import { AttackHost } from '../support/attack-host.ts';
import { expectGood, installGood } from '../support/attack-good.ts';

// One thread, so that every request follows another one in it.

let host: AttackHost;

beforeAll(async () => {
  host = await AttackHost.open(1);
  await installGood(host);
  for (const name of ['count-calls', 'mark-memory', 'leave-tensors', 'read-first-tensor', 'trap']) {
    await host.install(`${name}@1`, await buildGuest(name));
  }
  const logger = await host.install('first@1', await buildGuest('log-three-quarters'), {
    config: { name: 'first' },
    limits: { logBytes: 1_000 },
  });
  const config = { name: 'second' };
  const limits = { ...MODEL_LIMITS, logBytes: 1_000 };
  host.guests.install(host.program('second@1', logger.component, { limits, config }));
});

beforeEach(() => {
  host.log.length = 0;
});

afterAll(() => host[Symbol.asyncDispose]());

describe('A request finds nothing of an earlier one:', () => {
  it('memory, globals and tables are as the component was built', async () => {
    for (let call = 0; call < 5; call++) {
      expect(await host.call('count-calls@1')).toEqual({ outcome: 'value', value: [{ index: 0, score: 1 }] });
    }
  });

  it('nor in a memory that an earlier one had, and that did not grow', async () => {
    for (let call = 0; call < 5; call++)
      expect(await host.call('mark-memory@1')).toMatchObject({ value: [{ index: 0 }] });
  });

  it('nor does it when requests of other models, or traps, come between', async () => {
    for (const between of ['good@1', 'trap@1', 'leave-tensors@1', 'trap@1']) {
      await host.call(between);
      expect(await host.call('count-calls@1')).toMatchObject({ value: [{ index: 0 }] });
    }
  });

  it('describe leaves nothing for the classify that follows it', async () => {
    await host.call('count-calls@1', { function: 'describe' });
    expect(await host.call('count-calls@1')).toMatchObject({ value: [{ index: 0 }] });
  });

  it('the tensors of another request cannot be named', async () => {
    expect(await host.call('leave-tensors@1')).toMatchObject({ outcome: 'value' });
    expect(await host.call('read-first-tensor@1')).toMatchObject({
      outcome: 'trap',
      code: 'component-failed',
    });
    expect(await host.call('leave-tensors@1')).toMatchObject({ outcome: 'value' });
  });

  it('each request has a log budget of its own, and its lines carry its own model and configuration', async () => {
    for (const key of ['first@1', 'second@1', 'first@1', 'second@1']) await host.call(key);
    const written = host.log.filter(({ message }) => !message.startsWith('aaa'));
    expect(host.log).toHaveLength(8);
    expect(written.map(({ program, message }) => `${program} ${message}`)).toEqual([
      'first@1 first',
      'second@1 second',
      'first@1 first',
      'second@1 second',
    ]);
  });

  it('a component that was taken out of service is not called again', async () => {
    await host.install('gone@1', await buildGuest('count-calls'));
    await host.call('gone@1');
    host.guests.uninstall('gone@1');
    expect(await host.call('gone@1')).toMatchObject({ outcome: 'trap', code: 'component-failed' });
  });
});

describe('A request that waits behind a trap', () => {
  it('is served by the thread that follows, never lost with the one that is retired', async () => {
    for (let round = 0; round < 12; round++) {
      const trapped = host.call('trap@1');
      await Promise.all([expectGood(host), expectGood(host)]);
      expect(await trapped).toMatchObject({ outcome: 'trap', code: 'component-failed' });
    }
  });
});
