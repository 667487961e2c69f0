import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandpiper, type ClientTensor, type Sandpiper } from '../../src/index.ts';
import { inspectModel } from '../support/inspect-model.ts';
import { readModelFolder } from '../../src/repository/model-folder.ts';
import type { ComponentFolder } from '../../src/repository/component-folder.ts';
import { copyModel } from '../../src/scaffold/model-files.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { onnxModel, type ModelSpec, type TensorSpec } from '../support/onnx-builder.ts';
import { externalDataModel } from '../support/onnx-models.ts';

const FIELD = join(import.meta.dirname, 'fixtures/external-data/m/1');

/** Reads the model as the service does at its start. */
async function read({ path }: GraphRepository): Promise<unknown> {
  return readModelFolder({ folder: join(path, 'm/1'), name: 'm', version: 1, directory: path });
}

const floats = (values: readonly number[], shape: readonly number[] = [values.length]): ClientTensor => ({
  name: 'x',
  datatype: 'FP32',
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
});

async function ask(service: Sandpiper, name: string, x: ClientTensor): Promise<number[]> {
  const [y] = (await service.infer(name, [x])).outputs;
  return [...new Float32Array(Uint8Array.from(y?.data as Uint8Array).buffer)];
}

/** Four weights, as they lie in a file. */
const WEIGHTS = new Uint8Array(Float32Array.of(10, 20, 30, 40).buffer);
const x = (): ClientTensor => floats([1, 2, 3, 4]);
const SUM = [11, 22, 33, 44];

/** `y = x + w` with the data of `w` elsewhere, and further files beside the graph. */
async function put(
  repository: GraphRepository,
  name: string,
  graph: Uint8Array,
  files: Record<string, Uint8Array>,
  manifest?: object,
): Promise<void> {
  await repository.put(name, 1, graph, manifest);
  for (const [file, bytes] of Object.entries(files)) {
    const path = join(repository.path, name, '1', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}

/** `y = x + w`, the data of `w` where this says. */
function graphWith({ location = 'model.onnx_data', ...rest }: Record<string, string>): Uint8Array {
  return externalDataModel(location, rest);
}

/** One model alone. */
async function alone(
  graph: Uint8Array,
  files: Record<string, Uint8Array>,
  manifest?: object,
): Promise<GraphRepository> {
  const repository = await graphRepository();
  await put(repository, 'm', graph, files, manifest);
  return repository;
}

const padded = (before: number, after: number): Uint8Array =>
  Buffer.concat([new Uint8Array(before).fill(7), WEIGHTS, new Uint8Array(after).fill(7)]);

describe('Graphs with their data in other files', () => {
  let repository: GraphRepository;
  let service: Sandpiper;
  beforeAll(async () => {
    repository = await graphRepository();
    await cp(FIELD, join(repository.path, 'exported/1'), { recursive: true });
    await put(repository, 'newer', graphWith({ location: 'model.onnx.data' }), {
      'model.onnx.data': WEIGHTS,
    });
    await put(repository, 'behind', graphWith({ offset: '4096' }), { 'model.onnx_data': padded(4096, 100) });
    await put(repository, 'folder', graphWith({ location: 'weights/w.bin' }), { 'weights/w.bin': WEIGHTS });
    await put(repository, 'dot', graphWith({ location: './w.bin' }), { 'w.bin': WEIGHTS });
    await put(repository, 'short', withTensor({ location: 'w' }), { w: padded(0, 8) });
    const manifest = stating(graphWith({}), [{ file: 'model.onnx_data', sha256: digestOf(WEIGHTS) }]);
    await put(repository, 'stated', graphWith({}), { 'model.onnx_data': WEIGHTS }, manifest);
    await put(repository, 'inner', innerGraph(), {
      constant: bytesOf(1, 1, 1, 1),
      weights: WEIGHTS,
      nothing: bytesOf(0, 0, 0, 0),
    });
    service = await openSandpiper({ models: repository.path, cacheDir: repository.path, logLevel: 'silent' });
  });
  afterAll(async () => {
    await service.close();
    await repository[Symbol.asyncDispose]();
  });

  test('are served as exporters write them', async () => {
    const data = await readFile(join(FIELD, 'model.onnx_data'));
    const weights = new Float32Array(Uint8Array.from(data).buffer);
    const row = Array.from({ length: 64 }, (_, place) => place % 5);
    const y = await ask(service, 'exported', floats(row, [1, 64]));
    for (const [column, value] of y.entries()) {
      const expected = row.reduce(
        (sum, each, place) => sum + each * (weights[place * 64 + column] ?? NaN),
        0,
      );
      expect(value).toBeCloseTo(expected, 3);
    }
    expect(y).toHaveLength(64);
  });

  test.each([
    ['newer', 'under the name that newer exporters give the file'],
    ['behind', 'behind other data'],
    ['folder', 'from a folder of their own'],
    ['dot', 'by a path with a dot'],
    ['short', 'without length and offset: as many as the dimensions need, from the beginning'],
    ['stated', 'where the manifest names the file with its digest'],
  ])('%s: are served %s', async (model) => {
    expect(await ask(service, model, x())).toEqual(SUM);
  });

  test('are served where nodes and inner graphs have theirs outside too, in several files', async () => {
    expect(await ask(service, 'inner', x())).toEqual([12, 23, 34, 45]);
    expect(await ask(service, 'inner', floats([0, 2, 3, 4]))).toEqual([1, 3, 4, 5]);
  });
});

test.each<[string, Record<string, string>, Record<string, Uint8Array>, RegExp]>([
  ['a file that is not there', {}, {}, /model\.onnx_data cannot be read \(ENOENT\)/],
  [
    'a path above the folder',
    { location: '../other.bin' },
    {},
    /"\.\.\/other\.bin" is outside the model folder/,
  ],
  ['a path that comes back', { location: '../1/w' }, { w: WEIGHTS }, /is outside the model folder/],
  ['an absolute path', { location: '/etc/hostname' }, {}, /is outside the model folder/],
  ['a path of a folder', { location: 'w' }, { 'w/x': WEIGHTS }, /w is no file/],
  ['a path with a NUL', { location: 'w\0' }, {}, /cannot be read/],
  ['a file that is cut off', {}, { 'model.onnx_data': WEIGHTS.subarray(1) }, /bytes 0 to 16 .* has 15/],
  [
    'an offset behind the end',
    { offset: '9007199254740991' },
    { 'model.onnx_data': WEIGHTS },
    /which has 16/,
  ],
  ['an offset that is no number', { offset: '-1' }, { 'model.onnx_data': WEIGHTS }, /offset "-1"/],
  [
    'a length of other dimensions',
    { length: '12' },
    { 'model.onnx_data': WEIGHTS },
    /16 bytes, and takes 12/,
  ],
])('%s is refused in words', async (_, external, files, message) => {
  await using repository = await alone(graphWith(external), files);
  await expect(read(repository)).rejects.toMatchObject({
    code: 'invalid-model',
    message: expect.stringMatching(message) as string,
  });
});

test('a link that leads out of the folder is refused, and so is a pipe', async () => {
  await using repository = await alone(graphWith({}), {});
  const path = join(repository.path, 'm/1/model.onnx_data');
  await writeFile(join(repository.path, 'secret'), WEIGHTS);
  await symlink('../../secret', path);
  await expect(read(repository)).rejects.toMatchObject({
    message: expect.stringContaining('model.onnx_data is outside the model folder') as string,
  });
  await using piped = await alone(graphWith({}), {});
  await promisify(execFile)('mkfifo', [join(piped.path, 'm/1/model.onnx_data')]);
  await expect(read(piped)).rejects.toMatchObject({
    message: expect.stringContaining('is no file') as string,
  });
});

test('data of over 2 GiB are refused before they are read', async () => {
  await using repository = await alone(graphWith({}), { 'model.onnx_data': WEIGHTS });
  await truncate(join(repository.path, 'm/1/model.onnx_data'), 2 ** 31);
  await expect(read(repository)).rejects.toMatchObject({
    message: expect.stringContaining('has 2147483648 bytes') as string,
  });
});

test('where there is a manifest it names every data file with its digest', async () => {
  const graph = graphWith({});
  const entry = { file: 'model.onnx_data', sha256: digestOf(WEIGHTS) };
  await using unnamed = await alone(graph, { 'model.onnx_data': WEIGHTS }, stating(graph, []));
  await expect(read(unnamed)).rejects.toMatchObject({
    code: 'invalid-model',
    message: expect.stringContaining(`add ${JSON.stringify(entry)} to "data" of the graph`) as string,
  });
  const replaced = { 'model.onnx_data': WEIGHTS.toReversed() };
  await using damaged = await alone(graph, replaced, stating(graph, [entry]));
  await expect(read(damaged)).rejects.toMatchObject({
    message: expect.stringContaining('model.onnx_data is damaged or was replaced') as string,
  });
});

test('a model behind a component may have such graphs, and a project that is made of it has their files', async () => {
  await using repository = await graphRepository();
  const folder = join(repository.path, 'm/1');
  const data = { 'model.onnx_data': WEIGHTS };
  await put(repository, 'm', graphWith({}), { ...data, 'sample.png': bytesOf(1) });
  const named = (file: string, bytes: Uint8Array): object => ({ file, sha256: digestOf(bytes) });
  const manifest = {
    task: 'image-classification',
    component: named('sample.png', bytesOf(1)),
    graphs: {
      net: { ...named('model.onnx', graphWith({})), data: [named('model.onnx_data', WEIGHTS)] },
    },
    sample: { ...named('sample.png', bytesOf(1)), expect: '' },
    licence: 'MIT',
    source: 'this test',
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  const model = (await read(repository)) as ComponentFolder;
  expect(inspectModel(model.graphs.get('net')?.model ?? new Uint8Array()).externalData).toEqual([]);

  const copy = join(repository.path, 'copy');
  await copyModel({ kind: 'folder', folder }, copy, { task: 'image-classification', grants: {}, limits: {} });
  expect(new Uint8Array(await readFile(join(copy, 'model.onnx_data')))).toEqual(WEIGHTS);
});

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function stating(graph: Uint8Array, data: object[]): object {
  return { graph: { file: 'model.onnx', sha256: digestOf(graph), ...(data.length > 0 && { data }) } };
}

function bytesOf(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** `y = x + w`, its data told by nothing but this. */
function withTensor(external: Record<string, string>): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [4] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [{ name: 'w', type: 'FLOAT', dims: [4], external }],
  });
}

/** `y = x + constant + (all of x ? weights : nothing)`, each of the three in its own file. */
function innerGraph(): Uint8Array {
  const tensor = (location: string): TensorSpec => ({
    type: 'FLOAT',
    dims: [4],
    external: { location, offset: '0', length: '16' },
  });
  const branch = (location: string): ModelSpec => ({
    inputs: [],
    outputs: [{ name: location, type: 'FLOAT', dims: [4] }],
    nodes: [{ op: 'Identity', inputs: [`${location}-w`], outputs: [location] }],
    initializers: [{ ...tensor(location), name: `${location}-w` }],
  });
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [4] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [4] }],
    nodes: [
      { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor: tensor('constant') } } },
      { op: 'ReduceMin', inputs: ['x'], outputs: ['least'], attributes: { keepdims: { int: 0 } } },
      { op: 'Cast', inputs: ['least'], outputs: ['which'], attributes: { to: { int: 9 } } },
      {
        op: 'If',
        inputs: ['which'],
        outputs: ['w'],
        attributes: { then_branch: { graph: branch('weights') }, else_branch: { graph: branch('nothing') } },
      },
      { op: 'Sum', inputs: ['x', 'c', 'w'], outputs: ['y'] },
    ],
  });
}
