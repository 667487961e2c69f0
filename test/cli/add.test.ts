import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { openSandpiper } from '../../src/index.ts';
import { addModel } from '../../src/scaffold/add-model.ts';
import { runCli } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { loggerInto } from '../support/door.ts';
import { imageModel, modelsDir } from '../support/models.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { externalDataModel, identityModel } from '../support/onnx-models.ts';
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

test('scores may have dimensions of one behind them, and the graph its weights in another file', async () => {
  const squeezed = onnxModel({
    opset: 13,
    inputs: [{ name: 'pixels', type: 'FLOAT', dims: [1, 3, 8, 8] }],
    outputs: [{ name: 'scores', type: 'FLOAT', dims: [1, 3, 1, 1] }],
    nodes: [
      { op: 'GlobalAveragePool', inputs: ['pixels'], outputs: ['means'] },
      { op: 'Add', inputs: ['means', 'bias'], outputs: ['scores'] },
    ],
    initializers: [
      { name: 'bias', type: 'FLOAT', dims: [1, 3, 1, 1], external: { location: 'data/bias', length: '12' } },
    ],
  });
  await writeFile(join(folder.path, 'squeezed.onnx'), squeezed);
  await mkdir(join(folder.path, 'data'));
  await writeFile(join(folder.path, 'data', 'bias'), new Uint8Array(12));
  const settings = resolveSettings({ models: join(folder.path, 'squeezed') });
  const [graph, labels, sample] = ['squeezed.onnx', 'labels.txt', 'leaf.png'].map((file) =>
    join(folder.path, file),
  );
  const request = { graph: graph ?? '', labels, sample, expect: 'green' };
  const { chosen, folder: made } = await addModel(request, settings, { logger: loggerInto([]) });
  expect(chosen.trial.best[0]).toMatchObject({ label: 'green' });
  const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
  expect((await manifestIn(made))['graphs']).toEqual({
    model: { file: 'model.onnx', sha256, data: [{ file: 'data/bias', sha256 }] },
  });
  expect((await readFile(join(made, 'data', 'bias'))).byteLength).toBe(12);
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

describe('a graph that is no image classifier is refused with what it has and how to go on', () => {
  const addAlone = async (file: string, graph: Uint8Array, ...more: string[]): Promise<string> => {
    await writeFile(join(folder.path, file), graph);
    const { code, stdout, stderr } = await commands.run(['add', file, '--models', 'none', ...more], {
      cwd: folder.path,
    });
    expect([code, stdout, stderr.trimEnd().split('\n')]).toEqual([1, '', [expect.any(String)]]);
    return stderr;
  };
  const pair = onnxModel({
    inputs: [
      { name: 'ids', type: 'INT64', dims: ['batch', null] },
      { name: 'mask', type: 'INT64', dims: ['batch', null] },
    ],
    outputs: [{ name: 'sum', type: 'INT64', dims: ['batch', null] }],
    nodes: [{ op: 'Add', inputs: ['ids', 'mask'], outputs: ['sum'] }],
  });

  test('of two inputs, before labels and a picture are asked for; both ways serve it', async () => {
    const stderr = await addAlone('my text.onnx', pair);
    expect(stderr).toBe(
      'sandpiper: Cannot add my text.onnx as an image classifier: it takes 2 inputs, and a picture is one.' +
        ' The graph takes "ids" INT64 batch x ?, "mask" INT64 batch x ?, and gives "sum" INT64 batch x ?.' +
        ' To serve it as it is, tensors in and tensors out, copy it to none/my-text/1/model.onnx.' +
        ' To put a component of your own before it:' +
        " sandpiper new my-text --lang javascript --task prediction --model 'my text.onnx'\n",
    );
    const models = join(folder.path, 'as it is');
    await mkdir(join(models, 'my-text', '1'), { recursive: true });
    await copyFile(join(folder.path, 'my text.onnx'), join(models, 'my-text', '1', 'model.onnx'));
    await using sandpiper = await openSandpiper({ models }, { logger: loggerInto([]) });
    expect(sandpiper.models().map(({ name, task }) => [name, task])).toEqual([['my-text', 'tensors']]);
  });

  test('of text', async () => {
    const text = onnxModel({
      inputs: [{ name: 'ids', type: 'INT64', dims: [1, 16] }],
      outputs: [{ name: 'y', type: 'INT64', dims: [1, 16] }],
      nodes: [{ op: 'Identity', inputs: ['ids'], outputs: ['y'] }],
    });
    const stderr = await addAlone('text.onnx', text, '--labels', 'labels.txt', '--sample', 'leaf.png');
    expect(stderr).toContain(
      'its input "ids" is INT64, and pixels become FLOAT, FLOAT16 or UINT8. The graph',
    );
  });

  test('of a detector, which takes a picture and gives a table', async () => {
    const detector = onnxModel({
      inputs: [{ name: 'images', type: 'FLOAT', dims: [1, 3, 64, 64] }],
      outputs: [{ name: 'boxes', type: 'FLOAT', dims: [1, 64, 64] }],
      nodes: [
        {
          op: 'ReduceMean',
          inputs: ['images'],
          outputs: ['boxes'],
          attributes: { axes: { ints: [1] }, keepdims: { int: 0 } },
        },
      ],
    });
    const stderr = await addAlone('boxes.onnx', detector);
    expect(stderr).toContain(
      'no output of it is one list of scores for a picture ("boxes" FLOAT 1 x 64 x 64). The',
    );
  });

  test('with its weights in another file, which goes along', async () => {
    await writeFile(join(folder.path, 'w.bin'), new Uint8Array(16));
    const stderr = await addAlone('heavy.onnx', externalDataModel('w.bin'));
    expect(stderr).toContain('copy it to none/heavy/1/model.onnx, and w.bin to none/heavy/1/w.bin. To put');
  });

  test('of a type that no component carries: only as it is', async () => {
    const stderr = await addAlone('strings.onnx', identityModel('STRING', ['n']));
    expect(stderr).toMatch(
      /STRING, which no wasi:nn tensor type can carry.* The graph takes "x" STRING n, and/,
    );
    expect(stderr).toMatch(/copy it to none\/strings\/1\/model\.onnx\.\n$/);
  });

  test('of dozens of inputs, of which a few are named', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `past.${at}`);
    const cached = onnxModel({
      inputs: names.map((name) => ({ name, type: 'FLOAT', dims: [] })),
      outputs: [{ name: 'y', type: 'FLOAT', dims: [] }],
      nodes: [{ op: 'Sum', inputs: names, outputs: ['y'] }],
    });
    const stderr = await addAlone('cached.onnx', cached);
    expect(stderr).toMatch(/"past\.7" FLOAT without dimensions, 32 more, and gives "y"/);
  });
});

test('an image classifier alone is told what comes with it', async () => {
  const { code, stderr } = await commands.run(['add', 'colours v1.onnx', '--models', 'none'], {
    cwd: folder.path,
  });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^sandpiper: .*: give --labels and --sample\. The graph takes "pixels" .* copy it to none/,
    ),
  ]);
});
