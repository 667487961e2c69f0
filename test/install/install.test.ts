/**
 * A newcomer's steps with the package, by npm and nothing else, in a folder that knows nothing of this repository.
 * `npm run test:install`; what it installs comes from npm's cache or the registry.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../../components/catalogue.ts';
import nodePackage from '../../deploy/package/node/package.json' with { type: 'json' };
import { runCli, startServing } from '../support/cli.ts';
import { imageModel, readSample } from '../support/models.ts';
import { findOldNode } from '../support/old-node.ts';
import { npm, npx, packInto, withoutNpm } from '../support/package.ts';
import { repository } from '../support/readme.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const installed = join('node_modules', 'sandpiper');
const models = join(installed, 'models');
const command = join(installed, 'dist/src/cli/sandpiper.js');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let program: string;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-install-');
  program = join(folder.path, 'program');
  await mkdir(program);
  const { archive } = await packInto(join(folder.path, 'source'), 'sources');
  await npm(program, 'install', '--prefer-offline', archive);
}, 600_000);
afterAll(async () => folder[Symbol.asyncDispose]());

// A machine with other work needs minutes for what takes an idle one seconds: the limit is there to end a hang.
describe('The package, installed in an empty folder', { timeout: 600_000 }, () => {
  test('brings components that are the same bytes wherever they are built', async () => {
    for (const { name } of catalogue) {
      const file = join('components', 'build', `${name}.wasm`);
      const [there, here] = [
        await readFile(join(program, installed, file)),
        await readFile(join(repository, file)),
      ];
      // A file here that is older than its sources differs, too.
      expect(there.equals(here), `${file}, which \`npm run build\` builds here`).toBe(true);
    }
  });

  test('brings the libraries of this platform, and none that are not from the registry', async () => {
    const libraries = join('node_modules', 'onnxruntime-node', 'bin', 'napi-v6');
    const platform = join(process.platform, process.arch);
    const own = await readdir(join(repository, libraries, platform));
    const found = await filesBelow(join(program, libraries));
    expect(found.toSorted()).toEqual(own.map((file) => join(platform, file)).toSorted());
  });

  test('`npx sandpiper check` passes a model that comes along', async () => {
    const report = await npx(program, 'sandpiper', 'check', join(models, imageModel, '1'));
    expect(report).toMatch(/^check\t.*\tpassed$/m);
  });

  test('`npx sandpiper run` runs a command', async () => {
    const core = join(repository, 'test/guests/command/core.wasm');
    expect(await npx(program, 'sandpiper', 'run', core, 'args', 'ä')).toBe('core.wasm\nargs\nä\n');
  });

  test('`sandpiper serve` answers a photo', async () => {
    expect(await answerOf(program, models, imageModel)).toMatchObject([
      { label: 'espresso' },
      {},
      {},
      {},
      {},
    ]);
  });

  test('`npx sandpiper new` writes a project that npm installs, also again, builds, tests and serves', async () => {
    await npx(program, 'sandpiper', 'new', 'my-model', '--lang', 'javascript');
    const project = join(program, 'my-model');
    await npm(project, 'install', '--prefer-offline');
    await npm(project, 'run', 'build');
    await npm(project, 'install', '--prefer-offline');
    expect(await npm(project, 'test')).toMatch(/pass 1$/m);
    expect(await answerOf(project, 'models', 'my-model')).toMatchObject([
      { label: 'espresso' },
      {},
      {},
      {},
      {},
    ]);
  });

  test('is at most 150 MB without what this platform never loads, and answers as before', async () => {
    await npm(program, 'exec', '--', 'node', join(installed, 'deploy/package/trim.js'));
    const files = await filesBelow(join(program, 'node_modules'));
    const sizes = files.map(async (file) => (await stat(join(program, 'node_modules', file))).size);
    expect((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000_000);
    expect(await answerOf(program, models, imageModel)).toMatchObject([
      { label: 'espresso' },
      {},
      {},
      {},
      {},
    ]);
  });
});

const old = findOldNode();
describe.skipIf(old === undefined)('Where the machine has an older Node', { timeout: 600_000 }, () => {
  test('the package names the one that npm can bring', async () => {
    const { stderr } = await runCli(['--help'], { node: old ?? '', script: join(program, command) });
    expect(stderr).toContain(`-${process.arch}@${nodePackage.version}\` here`);
  });

  test('npm warns of nothing in this repository', async () => {
    const env = { ...withoutNpm(), PATH: dirname(old ?? '') + delimiter + (process.env['PATH'] ?? '') };
    const { stderr } = await promisify(execFile)('npm', ['ci', '--dry-run', '--offline'], {
      cwd: repository,
      env,
    });
    expect(stderr).toBe('');
  });
});

/** The answer of an installed package's service to the picture that comes along. */
async function answerOf(cwd: string, served: string, model: string): Promise<unknown> {
  const script = join(cwd, command);
  using cli = await startServing(['--models', served], { cwd, script, node: process.execPath });
  const { bytes } = await readSample(imageModel);
  const answer = await fetch(`${cli.url}/models/${model}`, { method: 'POST', body: bytes });
  return answer.json();
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
}
