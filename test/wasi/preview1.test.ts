import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompiledComponent } from '../../src/sandbox/guest-protocol.ts';
import { LIBC_GRANTS, loadGuest, WasiGuest } from './support/wasi-guest.ts';

/** A program in C on wasi-libc, to which WASI 0.2 comes by the adapter for preview 1. */

let component: CompiledComponent;
let guest: WasiGuest;

beforeAll(async () => {
  component = await loadGuest('wasi-preview1');
  guest = new WasiGuest(component, { grants: { ...LIBC_GRANTS, env: { GREETING: 'hello', EMPTY: '' } } });
});
afterAll(async () => guest[Symbol.asyncDispose]());

describe('the environment', () => {
  it('is what the manifest gives', async () => {
    expect(await guest.run('getenv GREETING')).toBe('hello');
  });

  it('has nothing of the host', async () => {
    expect(process.env['PATH']).toBeDefined();
    expect(await guest.run('environ')).toBe('GREETING=hello\nEMPTY=\n');
  });
});

describe('clocks', () => {
  it('tell the time and sleep', async () => {
    const [seconds = 0, sleptMs = 0] = (await guest.run('clocks')).split(' ').map(Number);
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(5);
    expect(sleptMs).toBeGreaterThanOrEqual(19);
  });

  it('let a sleeper be stopped at its deadline, and the next call is answered', async () => {
    await expect(guest.call('sleep 60', 100)).rejects.toThrow('timeout');
    expect(await guest.run('getenv GREETING')).toBe('hello');
  });
});

describe('random numbers', () => {
  it('differ from one instance to the next', async () => {
    const numbers = [await guest.run('random'), await guest.run('random'), await guest.run('random')];
    expect(new Set(numbers).size).toBe(3);
  });
});

describe('the standard streams', () => {
  it('are log lines of the component, the last one too', async () => {
    guest.log.length = 0;
    await guest.run('print a\u001b[31mb');
    expect(
      guest.log.map(({ level, context, message, program }) => [level, context, message, program]),
    ).toEqual([
      ['info', 'stdout', 'a\u001b[31mb', 'guest@1'],
      ['warn', 'stderr', 'error: a\u001b[31mb', 'guest@1'],
      ['info', 'stdout', 'no line end', 'guest@1'],
    ]);
  });

  it('have an input that is at its end', async () => {
    expect(await guest.run('stdin')).toBe('-1');
  });

  it('are cut off at logBytes', async () => {
    await using flooding = new WasiGuest(component, { limits: { logBytes: 1_000 } });
    await flooding.run('flood');
    expect(flooding.log.length).toBeLessThan(60);
    expect(flooding.log.at(-1)?.message).toContain('logBytes of 1000');
  });
});

describe('exit', () => {
  it.each([0, 7])('with %i ends the instance and nothing else', async (status) => {
    const outcome = await guest.call(`exit ${status}`);
    expect(outcome).toMatchObject({ kind: 'trap', message: expect.stringContaining('called exit') });
    expect(await guest.run('getenv GREETING')).toBe('hello');
  });
});
