/**
 * `npm run test:clients`: the Python clients from PyPI against two real services, with pytest. Arguments go to pytest.
 */
import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startServing } from '../support/cli.ts';
import { copyModels, modelsDir, speechModel, imageModel } from '../support/models.ts';
import { Unavailable, pythonEnvironment } from '../support/python-environment.ts';
import { clientGraphs } from './client-graphs.ts';
import { startServingRuntime } from './serving-runtime.ts';

const folder = import.meta.dirname;
/** Models of the open contract, in a service of their own: the others start without them. */
const TASK_MODELS = ['nanodet-g-416', 'pp-ocr-tiny', 'yamnet', 'minirocket-vowels'];
const keys = {
  operator: 'an-operators-own-key',
  reader: 'a-key-for-few-models',
  hasty: 'a-key-that-is-slow',
};

try {
  const python = await pythonEnvironment({
    name: 'clients',
    requirements: join(folder, 'requirements.txt'),
    pythons: ['python3', '/usr/bin/python3'],
    probe: 'import sys\nassert (3, 10) <= sys.version_info < (3, 14), "Python 3.10 to 3.13 is needed"',
    size: 'tritonclient, kserve, openai and what they need: 400 MB on disk',
  });
  process.exitCode = await runTests(python);
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}

async function runTests(python: string): Promise<number> {
  await using models = await copyModels([imageModel, speechModel]);
  await using graphs = await clientGraphs();
  await cp(graphs.path, models.path, { recursive: true });
  console.log('starting the services');
  const common = [
    '--models',
    models.path,
    '--cache-dir',
    join(modelsDir, '../.cache'),
    '--log-level',
    'warn',
  ];
  using open = await startServing(common);
  using guarded = await startServing([...common, '--keys', JSON.stringify(guardedBy())]);
  await using tasks = await copyModels(TASK_MODELS);
  using own = await startServing(['--models', tasks.path, ...common.slice(2)]);
  await using runtime = await startServingRuntime(python, models.path);
  const env = {
    ...process.env,
    ...(runtime && { RUNTIME_URL: runtime.url, RUNTIME_PROBES: runtime.probes.join(',') }),
    OPEN_URL: open.url,
    GUARDED_URL: guarded.url,
    TASKS_URL: own.url,
    TASK_MODELS: tasks.path,
    KEYS: JSON.stringify(keys),
    MODELS: models.path,
  };
  const options = ['-m', 'pytest', '--rootdir', folder, '-p', 'no:cacheprovider', '--quiet'];
  // The packages of Triton and KServe bring the same protobuf messages, which one process takes once.
  const apart = join(folder, 'test_image_client.py');
  const rounds = [[folder, '--ignore', apart], [apart]];
  let worst = 0;
  for (const files of rounds) {
    const tests = spawn(python, [...options, ...files, ...process.argv.slice(2)], { env, stdio: 'inherit' });
    const code = await new Promise<number>((resolve, reject) => {
      tests.once('error', reject);
      tests.once('close', (ended) => resolve(ended ?? 1));
    });
    worst = Math.max(worst, code);
  }
  return worst;
}

function guardedBy(): object[] {
  return [
    { name: 'operator', key: keys.operator, operator: true },
    { name: 'reader', key: keys.reader, models: [speechModel, 'fp32'] },
    { name: 'hasty', key: keys.hasty, requestsPerMinute: 60, burst: 1 },
  ];
}
