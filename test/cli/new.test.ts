import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProject } from '../../components/examples/build-example.ts';
import { EXAMPLES } from '../../components/examples/catalogue.ts';
import { check } from '../../src/index.ts';
import { createProject } from '../../src/scaffold/create-project.ts';
import { runCli, startServing } from '../support/cli.ts';
import { imageModel, modelsDir, readSample } from '../support/models.ts';
import { repository } from '../support/readme.ts';

// Inside the repository, so that builds find the packages that a project would install.
let folder: string;
beforeAll(async () => {
  await mkdir(join(repository, '.cache'), { recursive: true });
  folder = await mkdtemp(join(repository, '.cache', 'new-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('sandpiper new', () => {
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

  test.each(EXAMPLES)(
    'writes sources, contract, manifest, build and test for $task in $language',
    async (example) => {
      const { language, task } = example;
      const project = join(folder, `${task}-${language}`);
      await createProject(project, { name: basename(project), language, task, model: undefined });
      const files = await readdir(project);
      expect(files).toEqual(
        expect.arrayContaining(['README.md', 'build.js', 'models', 'package.json', 'test', 'wit']),
      );
      expect(files).not.toContain('component.wasm');
      const named = /^- `([^`]+)` is the component/m.exec(
        await readFile(join(project, 'README.md'), 'utf8'),
      )?.[1];
      expect((await stat(join(project, named ?? 'absent'))).isFile()).toBe(true);
      const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
        scripts: object;
      };
      expect(Object.keys(scripts)).toEqual(['build', 'test', 'start', 'dev']);
      // Until it is built, all that is wrong is that there is no component.
      const { problems } = await check(join(project, 'models', `${task}-${language}`, '1'));
      expect(problems).toEqual([expect.stringContaining('component.wasm')]);
    },
  );

  test('takes a graph of the author’s own, with labels and a sample', async () => {
    const model = join(modelsDir, imageModel, '1');
    const project = join(folder, 'a folder', 'own');
    const sample = join(folder, 'my sample.png');
    await mkdir(join(folder, 'a folder'));
    await copyFile(join(model, 'sample.png'), sample);
    const { code, stdout } = await runCli(
      ['new', project, '--lang', 'rust', '--model', join(model, 'model.onnx')].concat([
        '--labels',
        join(model, 'labels.txt'),
        '--sample',
        sample,
        '--expect',
        'espresso',
      ]),
    );
    expect(code).toBe(0);
    const manifest: unknown = JSON.parse(await readFile(join(project, 'models/own/1/model.json'), 'utf8'));
    expect(manifest).toMatchObject({
      graphs: { model: { file: 'model.onnx' } },
      sample: { file: 'my sample.png', expect: 'espresso' },
    });
    expect(stdout).toMatch(/^ {2}cd '.*a folder\/own'$/m);
    expect(stdout).toContain(`curl --data-binary '@models/own/1/my sample.png' http`);
  });

  test.each([
    ['a folder that exists', ['.', '--lang', 'c'], /exists already; choose another name/],
    ['a name that no model can have', ['my model', '--lang', 'c'], /"my model" is no name for a model/],
    ['an unknown language', ['x', '--lang', 'cobol'], /Allowed choices are assemblyscript, rust/],
    ['an unknown task', ['x', '--lang', 'c', '--task', 'chess'], /Allowed choices are image-classification/],
    [
      'a model that is not there',
      ['x', '--lang', 'c', '--model', 'absent'],
      /give --labels, --sample, --expect/,
    ],
    [
      'a model of another task',
      ['x', '--lang', 'c', '--model', join(modelsDir, 'moonshine-tiny', '1')],
      /is for speech-transcription, and the project for image-classification/,
    ],
    ['a folder without a model', ['x', '--lang', 'c', '--model', modelsDir], /has no model.json/],
    ['labels without a graph', ['x', '--lang', 'c', '--labels', 'l.txt'], /with an ONNX file only/],
  ])('refuses %s, and leaves nothing behind', async (_, [path = '', ...flags], message) => {
    const { code, stdout, stderr } = await runCli(['new', join(folder, path), ...flags]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain('x');
  });
});
