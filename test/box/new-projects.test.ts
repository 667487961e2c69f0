/** Projects of `sandpiper new` as their authors go on with them: built, checked and served. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProject } from '../../components/examples/build-example.ts';
import { check } from '../../src/index.ts';
import { runCli, startServing } from '../support/cli.ts';
import { imageModel, readSample } from '../support/models.ts';
import { repository } from '../support/readme.ts';

// Inside the repository, so that builds find the packages that a project would install.
let folder: string;
beforeAll(async () => {
  await mkdir(join(repository, '.cache'), { recursive: true });
  folder = await mkdtemp(join(repository, '.cache', 'new-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

// A build in TypeScript takes most of a minute on a busy machine.
describe('sandpiper new', { timeout: 180_000 }, () => {
  test('declares 64 bits as numbers in TypeScript, which is what its engine takes and gives', async () => {
    const project = join(folder, 'numbers');
    await runCli(['new', project, '--lang', 'typescript', '--task', 'prediction']);
    await buildProject(project);
    const types = join(project, 'types', 'interfaces');
    const media = await readFile(join(types, 'sandpiper-inference-request-media.d.ts'), 'utf8');
    expect(media).toContain('index: number, offset: number, count: number): Float32Array');
    for (const file of await readdir(types))
      expect(await readFile(join(types, file), 'utf8')).not.toMatch(/\bbigint\b/);
  });

  test.each(['assemblyscript', 'typescript'])(
    'writes a project in %s that is built and served',
    async (lang) => {
      const project = join(folder, `my-${lang}`);
      const { code, stdout, stderr } = await runCli(['new', project, '--lang', lang]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`models/my-${lang}/1/sample.png http://127.0.0.1:8080/models/my-${lang}`);

      await buildProject(project);
      using served = await startServing(['--models', join(project, 'models')]);
      const { bytes, expect: label } = await readSample(imageModel);
      const answer = await fetch(`${served.url}/models/my-${lang}`, { method: 'POST', body: bytes });
      expect(await answer.json()).toMatchObject([{ label }, {}, {}, {}, {}]);
    },
  );

  test('writes a project in typescript whose console goes to the log', async () => {
    const project = join(folder, 'talks');
    await runCli(['new', project, '--lang', 'typescript']);
    const source = await readFile(join(project, 'classifier.ts'), 'utf8');
    const said = "    console.log('größe', { a: [1] });\n    console.warn(new Error('mine'), 1n);\n";
    await writeFile(
      join(project, 'classifier.ts'),
      source.replace('    const config = readConfig();\n', (line) => said + line),
    );
    await buildProject(project);
    const { log, passed } = await check(join(project, 'models/talks/1'));
    expect(passed).toBe(true);
    expect(log).toMatchObject([
      { level: 'info', message: expect.stringMatching(/^größe \{"a":\[1\]\} \(.*context: console\)$/) },
      { level: 'warn', message: expect.stringMatching(/^Error: mine .*at classify .* 1 \(/s) },
    ]);
  });

  test('gives an editor the types that a component in AssemblyScript imports', async () => {
    const project = join(folder, 'typed');
    await runCli(['new', project, '--lang', 'assemblyscript']);
    await mkdir(join(project, 'node_modules'));
    await symlink(repository, join(project, 'node_modules', 'sandpiper'), 'junction');
    const { stdout } = await runCli(['--noEmit', '-p', 'assembly'], {
      script: join(repository, 'node_modules', 'typescript', 'bin', 'tsc'),
      cwd: project,
    });
    // TypeScript finds fault with the SDK and the compiler's own library, which no editor shows; not with the source.
    expect(stdout.split('\n').filter((line) => line.startsWith('assembly/'))).toEqual([]);
    expect(stdout).not.toMatch(/^error TS/m);
  });
});
