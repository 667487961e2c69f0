import { describe, expect, it } from 'vitest';
import { MACHINE } from '../../src/config/machine.ts';
import { runTrial, type Trial, type TrialEnd } from '../../src/trial/run-trial.ts';

const entry = new URL('tried.ts', import.meta.url);
const linux = process.platform === 'linux';

describe('What is tried in a process of its own', () => {
  it('gives its answer, bytes included, and sees no environment of ours', async () => {
    const bytes = new Uint8Array(5_000_000).fill(7);
    const end = await tried('length', { bytes });
    expect(end).toMatchObject({ kind: 'answer', answer: { length: 5_000_000 } });
    const { answer } = end as { answer: { bytes: Uint8Array; env: object } };
    expect(Buffer.compare(answer.bytes, bytes)).toBe(0);
    expect(answer.env).not.toHaveProperty('HOME');
  });

  it('gives what it throws', async () => {
    expect(await tried('throw')).toEqual({
      kind: 'error',
      error: { code: 'internal', message: 'it is not what it should be' },
    });
  });

  it.each(['loop', 'wait for ever'])('is ended at its time: %s', async (task) => {
    const end = await tried(task, { ms: 500 });
    // Whatever only waits has nothing left to do, and ends by itself.
    expect(end).toEqual(task === 'loop' ? { kind: 'over-time' } : { kind: 'died', how: 'exit code 13' });
  });

  it.runIf(linux).each(['outside the heap', 'in the heap'])('is ended at its memory: %s', async (task) => {
    expect(await tried(task, { memoryBytes: 128 * 2 ** 20 })).toEqual({ kind: 'over-memory' });
  });

  it.each([
    ['abort', /^SIG/],
    ['exit', /^exit code 3$/],
  ])('may die, which is said: %s', async (task, how) => {
    expect(await tried(task)).toEqual({ kind: 'died', how: expect.stringMatching(how) });
  });

  it('waits for its turn where there are more than cores', async () => {
    const ends = await Promise.all(Array.from({ length: 6 }, async () => tried('length')));
    expect(ends.map(({ kind }) => kind)).toEqual(Array(6).fill('answer'));
  });

  it.runIf(MACHINE.children > 1)(
    'has a place beside the trials of another client, however many',
    async () => {
      const given = new AbortController();
      const greedy = Array.from({ length: 3 * MACHINE.children }, async () =>
        tried('loop', { client: 'greedy', ms: 60_000, signal: given.signal }),
      );
      // Ends at all only where those have not taken every place: they last until they are given up.
      expect(await tried('length', { client: 'other' })).toMatchObject({ kind: 'answer' });
      given.abort();
      expect((await Promise.all(greedy)).map(({ kind }) => kind)).toEqual(greedy.map(() => 'given-up'));
    },
  );
});

type Tried = Partial<Pick<Trial, 'ms' | 'memoryBytes' | 'client' | 'signal'>> & { bytes?: Uint8Array };

async function tried(
  task: string,
  { bytes = new Uint8Array(), ms = 20_000, memoryBytes = 256 * 2 ** 20, ...whose }: Tried = {},
): Promise<TrialEnd<unknown>> {
  return runTrial({ entry, input: { task, bytes }, ms, memoryBytes, ...whose });
}
