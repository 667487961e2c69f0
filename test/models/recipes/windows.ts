/**
 * `npm run test:windows`: the classifier of windows, served, on the official split of the data that it was trained on,
 * which is not part of the repository: all of its windows in one request.
 */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSandpiper } from '../../../src/index.ts';
import { copyModels } from '../../support/models.ts';
import { pythonEnvironment, Unavailable } from '../../support/python-environment.ts';

const MODEL = 'minirocket-vowels';
const TEST = 'lib/python*/site-packages/sktime/datasets/data/JapaneseVowels/JapaneseVowels_TEST.ts';
const RECIPE_SHARE = 367 / 370;
const TOLERANCE = 0.005;

interface Labelled {
  rows: number[][];
  label: string;
}

try {
  const share = await score(await readWindows());
  console.log(`${(share * 100).toFixed(2)} % right; the recipe says ${(RECIPE_SHARE * 100).toFixed(2)} %`);
  if (share < RECIPE_SHARE - TOLERANCE) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}

async function score(windows: readonly Labelled[]): Promise<number> {
  await using models = await copyModels([MODEL]);
  await using sandpiper = await openSandpiper({ models: models.path, logLevel: 'error' });
  const { outputs } = await sandpiper.predict<{ timeline: { label: string }[] }>(MODEL, {
    windows: windows.map(({ rows }) => rows),
  });
  const right = windows.filter(({ label }, index) => outputs.timeline[index]?.label === label).length;
  return right / windows.length;
}

/** Channels parted by ":", values by ",", the label last; what is missing at the end is padding. */
async function readWindows(): Promise<Labelled[]> {
  const python = await pythonEnvironment({
    name: 'windows-data',
    requirements: join(import.meta.dirname, 'windows-data.txt'),
    withoutDependencies: true,
    pythons: ['python3', '/usr/bin/python3'],
    probe: 'import sys\nassert (3, 10) <= sys.version_info < (3, 15), "Python 3.10 to 3.14 is needed"',
    size: 'the data in sktime: 40 MB on disk',
  });
  const [file] = await Array.fromAsync(glob(TEST, { cwd: join(python, '../..') }));
  if (file === undefined) throw new Error(`${TEST} is not in the package`);
  const text = await readFile(join(python, '../..', file), 'utf8');
  const [, data = ''] = text.split(/^@data\s*$/im);
  return data
    .trim()
    .split('\n')
    .map((line) => {
      const channels = line.trim().split(':');
      const label = `speaker ${channels.pop()}`;
      const values = channels.map((channel) => channel.split(',').map(Number));
      const steps =
        values[0]?.findIndex((_, step) => values.every((channel) => Number.isNaN(channel[step]))) ?? 0;
      const length = steps < 0 ? (values[0]?.length ?? 0) : steps;
      return {
        label,
        rows: Array.from({ length }, (_, step) => values.map((channel) => channel[step] ?? 0)),
      };
    });
}
