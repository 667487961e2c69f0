import { glob, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { GraphTrials, type GraphSource } from '../../src/engine/trial/graph-trials.ts';
import { digestOf, LIBRARIES, TRIED_GRAPHS, type TriedGraphs } from '../../src/engine/trial/verdict-cache.ts';
import { HOSTILE_GRAPHS } from '../support/hostile-graphs.ts';
import { spinningModel } from '../support/onnx-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { repository } from '../support/readme.ts';

// Trials of graphs before an engine loads them. The attacks on the service are in test/attacks.

describe('A graph that is tried', () => {
  test('and does no harm is known afterwards, on disk too where a folder brought it', async () => {
    await using cache = await temporaryFolder('sandpiper-trials-');
    const model = spinningModel();
    await tried(model, 'guest', cache.path);
    expect(await readdir(cache.path)).toEqual([]);
    await tried(model, 'folder', cache.path);
    const [entry = ''] = await readdir(cache.path);
    expect(entry).toBe(`graph-${digestOf(model)}-${LIBRARIES}.ms`);
    expect(await readFile(join(cache.path, entry), 'utf8')).toMatch(/^\d+$/);
    // Another service believes it: with no time to try it, it passes or is said to be too slow, and is not tried.
    await expect(tried(model, 'folder', cache.path, { graphLoadMs: 0 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/more than 0 ms of processor time: graphLoadMs/),
    });
  });

  test('is not charged for the memory of the process that has it tried', async () => {
    const ballast = Buffer.alloc(SERVICE_LIMITS.graphLoadBytes + 400_000_000, 1);
    await tried(spinningModel(), 'guest');
    expect(ballast.at(-1)).toBe(1);
  });

  test('and ends the process is refused with the signal that ended it', async () => {
    const hostile = HOSTILE_GRAPHS['a slice of less than nothing']?.().bytes ?? new Uint8Array();
    for (const source of ['folder', 'guest'] as const)
      await expect(tried(hostile, source)).rejects.toMatchObject({
        code: 'invalid-encoding',
        message: 'Loading this graph ends the process that does it (SIGABRT).',
      });
  });

  test('is given up with whoever waited for it, and tried again for the next', async () => {
    const trials = new GraphTrials({ limits: SERVICE_LIMITS });
    const controller = new AbortController();
    const attempts = [controller.signal, new AbortController().signal].map(async (signal) =>
      trials.assertHarmless(spinningModel(), digestOf(spinningModel()), 'guest', { signal }),
    );
    controller.abort();
    const [first, second] = await Promise.allSettled(attempts);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'runtime-error' } });
    expect(second).toMatchObject({ status: 'fulfilled' });
  });
});

test('The graphs that come with the package are known, for the engine that comes with it', async () => {
  const known = JSON.parse(await readFile(TRIED_GRAPHS, 'utf8')) as TriedGraphs;
  const digests: string[] = [];
  const models = join(repository, 'models');
  for await (const path of glob('*/*/*.onnx', { cwd: models }))
    digests.push(digestOf(await readFile(join(models, path))));
  expect(known.libraries, 'run npm run try-graphs').toBe(LIBRARIES);
  expect(Object.keys(known.cpuMs), 'run npm run try-graphs').toEqual(digests.toSorted());
});

async function tried(
  model: Uint8Array,
  source: GraphSource,
  cacheDir?: string,
  limits: Partial<Record<'graphLoadMs' | 'guestGraphLoadMs', number>> = {},
): Promise<void> {
  const trials = new GraphTrials({ limits: { ...SERVICE_LIMITS, ...limits }, cacheDir });
  await trials.assertHarmless(model, digestOf(model), source, { signal: new AbortController().signal });
}
