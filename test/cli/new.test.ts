import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../components/examples/catalogue.ts';
import { check } from '../../src/index.ts';
import { createProject, exampleFolder } from '../../src/scaffold/create-project.ts';
import { runCli } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { imageModel, modelsDir } from '../support/models.ts';
import { addModel, externalDataModel } from '../support/onnx-models.ts';

const shippedGraph = join(modelsDir, imageModel, '1', 'model.onnx');

const commands = startCommands();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandpiper-new-'));
});
afterAll(async () => {
  commands[Symbol.dispose]();
  await rm(folder, { recursive: true, force: true });
});

// What is built of it is tried in test/box.
describe('sandpiper new', () => {
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
      config: { mean: '127.5', std: '127.5', input: 'input', output: 'logits', width: '224', height: '224' },
      sample: { file: 'my sample.png', expect: 'espresso' },
    });
    expect(stdout).toMatch(/^ {2}cd '.*a folder\/own'$/m);
    expect(stdout).toContain(`curl --data-binary '@models/own/1/my sample.png' http`);
  });

  test('takes a graph alone for prediction, says what it has, and is its example until another is written', async () => {
    const project = join(folder, 'alone');
    const graph = join(modelsDir, imageModel, '1', 'model.onnx');
    const { code, stdout } = await runCli([
      'new',
      project,
      '--lang',
      'rust',
      '--task',
      'prediction',
      '--model',
      graph,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'The graph takes "input" FLOAT batch x 3 x 224 x 224, and gives "logits" FLOAT batch x 1000.\n',
    );
    expect(stdout).toMatch(
      /still the example's, .*: write in src\/lib\.rs\n.* models\/alone\/1\/model\.json its sample/,
    );
    const version = join(project, 'models', 'alone', '1');
    const manifest = JSON.parse(await readFile(join(version, 'model.json'), 'utf8')) as { component: object };
    expect(manifest).not.toHaveProperty('labels');
    expect(manifest).toMatchObject({
      task: 'prediction',
      graphs: { model: { file: 'model.onnx' } },
      config: { input: 'input', output: 'logits', width: '224', height: '224' },
      sample: { expect: { comparison: {} } },
    });
    // In the place of what its build makes.
    await copyFile(
      join(exampleFolder('rust', 'prediction'), 'component.wasm'),
      join(version, 'component.wasm'),
    );
    manifest.component = { file: 'component.wasm' };
    await writeFile(join(version, 'model.json'), JSON.stringify(manifest));
    expect(await check(version)).toMatchObject({ passed: true, problems: [] });
  });

  test('takes a graph alone of tokens for prediction', async () => {
    const graph = join(folder, 'tokens.onnx');
    await writeFile(graph, addModel('INT64', ['batch', 'tokens']));
    // The weights of another lie beside it, and go along.
    const heavy = join(folder, 'heavy.onnx');
    await writeFile(heavy, externalDataModel('w.bin'));
    await writeFile(join(folder, 'w.bin'), new Uint8Array(16));
    await createProject(join(folder, 'heavy'), {
      name: 'heavy',
      language: 'c',
      task: 'prediction',
      model: { kind: 'graph', graph: heavy },
    });
    const { problems, model } = await check(join(folder, 'heavy', 'models', 'heavy', '1'));
    expect([problems, model]).toEqual([[expect.stringContaining('component.wasm')], null]);
    expect(await check(join(folder, 'heavy', 'models', 'heavy', '1', 'heavy.onnx'))).toMatchObject({
      passed: true,
    });
    const args = ['--lang', 'python', '--task', 'prediction', '--model', graph];
    const { code, stdout } = await commands.run(['new', join(folder, 'tokens'), ...args]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'The graph takes "x" INT64 batch x tokens, "w" INT64 batch x tokens, and gives "y"',
    );
    const files = await readdir(join(folder, 'tokens', 'models', 'tokens', '1'));
    expect(files.toSorted()).toEqual(['model.json', 'sample.png', 'second.jpg', 'tokens.onnx']);
  });

  test.each([
    ['a folder that exists', ['.', '--lang', 'c'], /exists already; choose another name/],
    ['a name that no model can have', ['my model', '--lang', 'c'], /"my model" is no name for a model/],
    ['an unknown language', ['x', '--lang', 'cobol'], /Allowed choices are assemblyscript, rust/],
    ['an unknown task', ['x', '--lang', 'c', '--task', 'chess'], /Allowed choices are image-classification/],
    [
      'a model that is not there',
      ['x', '--lang', 'c', '--model', 'absent'],
      /There is no absent: name a model folder or an ONNX file/,
    ],
    [
      'a classifier’s graph without what comes with it',
      ['x', '--lang', 'c', '--model', shippedGraph, '--expect', 'espresso'],
      /image classifier, give --labels, --sample as well\. With one of any other task, give --task prediction\.$/m,
    ],
    [
      'labels for prediction',
      ['x', '--lang', 'c', '--task', 'prediction', '--model', shippedGraph, '--labels', 'l.txt'],
      /are for image classifiers: a component for prediction says itself what it takes/,
    ],
    [
      'a graph alone for speech',
      ['x', '--lang', 'c', '--task', 'speech-transcription', '--model', shippedGraph],
      /An ONNX file alone says too little for speech-transcription/,
    ],
    [
      'what is no graph',
      ['x', '--lang', 'c', '--task', 'prediction', '--model', join(modelsDir, imageModel, '1', 'labels.txt')],
      /Cannot use .*labels\.txt: /,
    ],
    [
      'a model of another task',
      ['x', '--lang', 'c', '--model', join(modelsDir, 'moonshine-tiny', '1')],
      /is for speech-transcription, and the project for image-classification/,
    ],
    ['a folder without a model', ['x', '--lang', 'c', '--model', modelsDir], /has no model.json/],
    ['labels without a graph', ['x', '--lang', 'c', '--labels', 'l.txt'], /with an ONNX file only/],
  ])('refuses %s, and leaves nothing behind', async (_, [path = '', ...flags], message) => {
    const { code, stdout, stderr } = await commands.run(['new', join(folder, path), ...flags]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain('x');
  });
});
