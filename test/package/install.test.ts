/**
 * What a newcomer does with the package, by npm and nothing else, in a folder that knows nothing of this repository.
 * `npm run test:install`; what it installs comes from npm's cache or the registry.
 */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServing } from '../support/cli.ts';
import { imageModel, readSample } from '../support/models.ts';
import { npm, npx, packInto } from '../support/package.ts';
import { repository } from '../support/readme.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const installed = join('node_modules', 'sandpiper');
const models = join(installed, 'models');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let program: string;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-install-');
  program = join(folder.path, 'program');
  await mkdir(program);
  const { archive } = await packInto(join(folder.path, 'source'));
  await npm(program, 'install', '--prefer-offline', archive);
}, 600_000);
afterAll(async () => folder[Symbol.asyncDispose]());

// A machine with other work needs minutes for what takes an idle one seconds: the limit is there to end a hang.
describe('The package, installed in an empty folder', { timeout: 600_000 }, () => {
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
    const command = join(repository, 'test/guests/command/core.wasm');
    expect(await npx(program, 'sandpiper', 'run', command, 'args', 'ä')).toBe('core.wasm\nargs\nä\n');
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
    await npm(program, 'exec', '--', 'node', join(installed, 'tools', 'trim.js'));
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

/** What the service of an installed package makes of the photo that comes along. */
async function answerOf(cwd: string, served: string, model: string): Promise<unknown> {
  const script = join(cwd, installed, 'dist/src/cli/sandpiper.js');
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
