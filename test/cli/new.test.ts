import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../components/examples/catalogue.ts';
import { check } from '../../src/index.ts';
import { createProject } from '../../src/scaffold/create-project.ts';
import { runCli } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { imageModel, modelsDir } from '../support/models.ts';

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
    const { code, stdout, stderr } = await commands.run(['new', join(folder, path), ...flags]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain('x');
  });
});
