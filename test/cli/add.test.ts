import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { openSandpiper } from '../../src/index.ts';
import { addModel } from '../../src/scaffold/add-model.ts';
import { runCli } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { loggerInto } from '../support/door.ts';
import { imageModel, modelsDir } from '../support/models.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const shipped = join(modelsDir, imageModel, '1');
const files = {
  graph: join(shipped, 'model.onnx'),
  labels: join(shipped, 'labels.txt'),
  sample: join(shipped, 'sample.png'),
};

/** Tells which of red, green and blue a picture has most of; any size, channels last. */
const colours = onnxModel({
  opset: 13,
  inputs: [{ name: 'pixels', type: 'UINT8', dims: [null, 'height', 'width', 3] }],
  outputs: [{ name: 'scores', type: 'FLOAT', dims: [null, 3] }],
  nodes: [
    { op: 'Cast', inputs: ['pixels'], outputs: ['f'], attributes: { to: { int: 1 } } },
    {
      op: 'ReduceMean',
      inputs: ['f'],
      outputs: ['scores'],
      attributes: { axes: { ints: [1, 2] }, keepdims: { int: 0 } },
    },
  ],
});

const commands = startCommands();
afterAll(() => commands[Symbol.dispose]());

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-add-');
  const green = {
    create: { width: 8, height: 8, channels: 3, background: { r: 9, g: 200, b: 20 } },
  } as const;
  await writeFile(join(folder.path, 'colours v1.onnx'), colours);
  await writeFile(join(folder.path, 'labels.txt'), 'red\ngreen\nblue\n');
  await writeFile(join(folder.path, 'two.txt'), 'red\ngreen\n');
  await writeFile(join(folder.path, 'leaf.png'), await sharp(green).png().toBuffer());
});
afterAll(async () => folder[Symbol.asyncDispose]());

async function manifestIn(path: string): Promise<Record<string, Record<string, unknown>>> {
  return JSON.parse(await readFile(join(path, 'model.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
}

test('an ONNX file, labels and a photo become a model that is served, the first answer shown', async () => {
  const models = join(folder.path, 'models');
  const cwd = folder.path;
  const add = [
    'add',
    'colours v1.onnx',
    '--labels',
    'labels.txt',
    '--sample',
    'leaf.png',
    '--models',
    'models',
  ];
  const first = await runCli(add, { cwd });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^Wrote models\/colours-v1\/1: /);
  expect(first.stdout).toContain('leaf.png: green (1.00)');
  expect(first.stdout).toContain('224 x 224 was taken');
  const manifest = await manifestIn(join(models, 'colours-v1', '1'));
  expect(manifest['config']).toMatchObject({
    input: 'pixels',
    output: 'scores',
    layout: 'nhwc',
    type: 'U8',
    width: '224',
  });
  expect(manifest['sample']).toMatchObject({
    expect: 'green',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });

  const second = await commands.run([...add, '--size', '32', '--name', 'colours-v1'], { cwd });
  expect(second.stdout).toMatch(/^Wrote models\/colours-v1\/2: /);
  await using sandpiper = await openSandpiper({ models, versions: 'all' }, { logger: loggerInto([]) });
  expect(sandpiper.samples.map(({ answer }) => answer)).toEqual(['green (1.00)', 'green (1.00)']);
});

test('the normalisation is what the photo shows, or what a person chooses of all', async () => {
  const models = join(folder.path, 'chosen');
  const settings = resolveSettings({ models });
  const logger = loggerInto([]);
  const told = await addModel({ ...files, name: 'told', expect: 'espresso' }, settings, { logger });
  expect(told.chosen.config).toMatchObject({ width: '224', layout: 'nchw', type: 'FP32', output: 'logits' });
  expect(told.chosen.trial.best[0]).toMatchObject({ label: 'espresso' });
  const asked: string[] = [];
  const { folder: made } = await addModel({ ...files, name: 'asked' }, settings, {
    logger,
    choose: async (candidates) => {
      asked.push(...candidates.map(({ title }) => title));
      return candidates.find(({ title }) => title === '0 to 255') ?? expect.fail('it is not among them');
    },
  });
  expect(asked).toHaveLength(4);
  expect((await manifestIn(made))['config']).toMatchObject({ mean: '0', std: '1' });
});

test.each([
  [
    ['--labels', 'two.txt'],
    /the labels have 2 lines, and no output of it has as many scores \("scores" FLOAT \? x 3\)/,
  ],
  [['--expect', 'red'], /No normalisation gives "red" for the sample \(0 to 255: green\)/],
  [['--sample', 'labels.txt'], /labels\.txt|picture|image|format/i],
  [['--sample', 'nowhere.png'], /nowhere\.png cannot be read \(ENOENT\)/],
  [['--name', 'a b'], /"a b" is no name for a model/],
])('what cannot be added is said in one line, and leaves nothing: %j', async (more, reason) => {
  await mkdir(join(folder.path, 'none'), { recursive: true });
  const usual = ['--labels', 'labels.txt', '--sample', 'leaf.png', '--models', 'none'];
  const { code, stderr } = await commands.run(['add', 'colours v1.onnx', ...usual, ...more], {
    cwd: folder.path,
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(reason);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(await readdir(join(folder.path, 'none'))).toEqual([]);
});

test('a graph that takes no picture is refused with what it takes', async () => {
  const text = onnxModel({
    inputs: [{ name: 'ids', type: 'INT64', dims: [1, 16] }],
    outputs: [{ name: 'y', type: 'INT64', dims: [1, 16] }],
    nodes: [{ op: 'Identity', inputs: ['ids'], outputs: ['y'] }],
  });
  await writeFile(join(folder.path, 'text.onnx'), text);
  const args = ['add', 'text.onnx', '--labels', 'labels.txt', '--sample', 'leaf.png', '--models', 'none'];
  const { stderr } = await commands.run(args, { cwd: folder.path });
  expect(stderr).toContain('its input "ids" is INT64, and pixels become FLOAT, FLOAT16 or UINT8');
});
