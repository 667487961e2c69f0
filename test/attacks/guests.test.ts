import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';
import { buildGuest, listGuests, type Expected } from '../support/attack-guest.ts';
import { AttackHost, type Result } from '../support/attack-host.ts';
import { expectAllThreads, installGood, withGoodBeside } from '../support/attack-good.ts';
import { AheadCache } from '../support/guest-cache.ts';

// Every guest of test/guests on one pool: what it comes to, and what it costs the others, which is nothing.

const guests = await listGuests();

let host: AttackHost;
let cache: AheadCache;
/** Bytes of native memory in use before any hostile component came. */
let usedBefore: number | undefined;

beforeAll(async () => {
  host = await AttackHost.open();
  cache = new AheadCache();
  await installGood(host);
  usedBefore = host.engine.memory?.used;
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await cache[Symbol.asyncDispose]();
});

describe('A hostile component hurts nobody but its own request:', () => {
  it.each(guests.map(({ name, expected }) => ({ name, expected, what: expected.what })))(
    '$name $what',
    async ({ name, expected }) => {
      const bytes = await buildGuest(name, expected.encoding);
      await cache.ahead(bytes);
      const result = await withGoodBeside(host, attack(name, bytes, expected));
      expectResult(result, expected);
      await expectAllThreads(host);
    },
  );

  it('and after them all nothing runs, and no tensor of theirs is left in native memory', async () => {
    await expect
      .poll(() => host.guests.state)
      .toMatchObject({ working: 0, paused: 0, idle: host.threads + 1 });
    expect(host.engine.busy).toBe(0);
    expect(host.engine.memory?.used).toBe(usedBefore);
  });
});

/** Loads the guest, asks what it wants and calls it, as the service does; the first that fails counts. */
async function attack(
  name: string,
  bytes: Uint8Array,
  expected: Expected,
): Promise<Result & { at: Expected['at'] }> {
  const key = `${name}@1`;
  host.log.length = 0;
  const deadlineMs = expected.outcome === 'deadline' ? 200 : 20_000;
  try {
    await host.install(key, bytes, expected, cache);
  } catch (error) {
    const { code = 'no code', message } = error as { code?: string; message: string };
    return { at: 'load', outcome: 'refused', code, message };
  }
  try {
    const patience = expected.at === 'load' ? deadlineMs : 20_000;
    const described = await host.call(key, { function: 'describe', deadlineMs: patience });
    if (described.outcome !== 'value') return { ...described, at: 'load' };
    return { ...(await host.call(key, { deadlineMs })), at: 'call' };
  } finally {
    host.guests.uninstall(key);
  }
}

function expectResult(result: Result & { at: Expected['at'] }, expected: Expected): void {
  const { at, outcome, code, value } = expected;
  expect(result).toMatchObject({
    at,
    outcome,
    ...(code !== undefined && { code }),
    ...(value !== undefined && { value }),
  });
  if (expected.message !== undefined) expect(result.message).toMatch(new RegExp(expected.message));
  if (expected.logBytesAtMost !== undefined) {
    expect(JSON.stringify(host.log).length).toBeLessThan(expected.logBytesAtMost + 200 * host.log.length);
  }
  expectHarmlessLog();
}

/** However it is written, each line stays one line and brings no control to the terminal. */
function expectHarmlessLog(): void {
  for (const logFormat of ['json', 'pretty'] as const) {
    let text = '';
    const logger = createLogger({ logLevel: 'debug', logFormat }, { write: (line) => (text += line) });
    for (const { program, context, message } of host.log)
      logger.info({ component: program, context }, message);
    expect(text.split('\n').length - 1).toBe(host.log.length);
    // oxlint-disable-next-line no-control-regex -- controls are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
  }
}
