/**
 * `npm run test:api-fuzz`: schemathesis from PyPI against a real service, by the document that the service gives of
 * itself. Arguments go to `schemathesis run`.
 */
import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { clientGraphs } from '../clients-python/client-graphs.ts';
import { startServing } from '../support/cli.ts';
import { copyModels, imageModel, modelsDir, readSample, speechModel } from '../support/models.ts';
import { Unavailable, pythonEnvironment } from '../support/python-environment.ts';

const folder = import.meta.dirname;
const keys = { client: 'a-key-for-the-fuzzer', operator: 'a-key-of-an-operator' };
/** Random requests of each kind for each operation, beside those that follow from its schema. */
const examples = process.env['API_FUZZ_EXAMPLES'] ?? '100';
/** After which a run is given up. */
const seconds = Number(process.env['API_FUZZ_SECONDS'] ?? '1200');
const seed = process.env['API_FUZZ_SEED'] ?? '1';

try {
  const python = await pythonEnvironment({
    name: 'api-fuzz',
    requirements: join(folder, 'requirements.txt'),
    pythons: ['python3', '/usr/bin/python3'],
    probe: 'import sys\nassert sys.version_info >= (3, 11), "Python 3.11 or later is needed"',
    size: 'schemathesis and what it needs: 60 MB on disk',
  });
  process.exitCode = await fuzz(python);
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  console.log(`skipped: ${error.message}`);
}

async function fuzz(python: string): Promise<number> {
  await using models = await copyModels([imageModel, speechModel]);
  await using graphs = await clientGraphs();
  await cp(graphs.path, models.path, { recursive: true });
  console.log('starting the service');
  const ring = Object.entries(keys).map(([name, key]) => ({ name, key, operator: name === 'operator' }));
  // prettier-ignore
  using service = await startServing([
    '--models', models.path,
    '--cache-dir', join(modelsDir, '../.cache'),
    '--keys', JSON.stringify(ring),
    '--log-level', 'error',
  ]);
  const started = performance.now();
  const codes = [
    await run(python, service.url, keys.client),
    // Last, for it takes models out of service.
    await run(python, service.url, keys.operator, ['--include-path-regex', '^/v2/repository/']),
  ];
  const failed = codes.filter((code) => code !== 0).length;
  console.log(
    `${codes.length - failed} runs passed, ${failed} failed, ${Math.round((performance.now() - started) / 1000)} s`,
  );
  return failed === 0 ? 0 : 1;
}

async function run(
  python: string,
  url: string,
  key: string,
  options: readonly string[] = [],
): Promise<number | null> {
  const samples = await Promise.all(
    [imageModel, speechModel].map(async (model) =>
      join(modelsDir, model, '1', (await readSample(model)).file),
    ),
  );
  const child = spawn(
    python,
    // prettier-ignore
    [
      '-c', 'from schemathesis.cli import schemathesis; schemathesis()',
      '--config-file', join(folder, 'schemathesis.toml'),
      'run', `${url}/openapi.json`,
      '--header', `Authorization: Bearer ${key}`,
      '--checks', 'all',
      '--phases', 'coverage,fuzzing',
      '--max-examples', examples,
      '--seed', seed,
      '--continue-on-failure',
      '--request-timeout', '60',
      '--generation-database', 'none',
      ...options,
      ...process.argv.slice(2),
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        PYTHONPATH: folder,
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'hooks',
        API_FUZZ_SAMPLES: samples.join(delimiter),
      },
      stdio: 'inherit',
      timeout: seconds * 1000,
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
