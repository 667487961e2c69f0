import { setImmediate as soon } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../src/async/semaphore.ts';

/** Jobs by name that begin when it is their turn and end when they are told to. */
class Jobs {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();

  async run(semaphore: Semaphore, name: string, client?: string, signal?: AbortSignal): Promise<string> {
    return semaphore.run(
      async () => {
        this.begun.push(name);
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#ends.set(name, resolve);
        await promise;
        return name;
      },
      { client, signal },
    );
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await soon();
  }
}

describe('The jobs of a semaphore', () => {
  it('go round the clients, first come, first served within one', async () => {
    const [semaphore, jobs] = [new Semaphore(1), new Jobs()];
    const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map(async (name) => jobs.run(semaphore, name, name[0]));
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']) {
      expect(jobs.begun.at(-1)).toBe(name);
      await jobs.end(name);
    }
    await Promise.all(all);
  });

  it('leave a place to others than one client', async () => {
    const [semaphore, jobs] = [new Semaphore(2, 1), new Jobs()];
    const all = ['a1', 'a2', 'b1'].map(async (name) => jobs.run(semaphore, name, name[0]));
    expect(jobs.begun).toEqual(['a1', 'b1']);
    await jobs.end('b1');
    expect(jobs.begun).toEqual(['a1', 'b1']);
    await jobs.end('a1');
    expect(jobs.begun).toEqual(['a1', 'b1', 'a2']);
    await jobs.end('a2');
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'b1']);
  });

  it('never begin what was given up, and keep the place of what was given up until it has ended', async () => {
    const [semaphore, jobs] = [new Semaphore(1), new Jobs()];
    const [running, waiting] = [new AbortController(), new AbortController()];
    const outcomes = Promise.allSettled([
      jobs.run(semaphore, 'first', 'a', running.signal),
      jobs.run(semaphore, 'given up', 'b', waiting.signal),
      jobs.run(semaphore, 'last', 'c'),
    ]);
    waiting.abort();
    running.abort();
    await soon();
    expect(jobs.begun).toEqual(['first']);
    await jobs.end('first');
    expect(jobs.begun).toEqual(['first', 'last']);
    await jobs.end('last');
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
