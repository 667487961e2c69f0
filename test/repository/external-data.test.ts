import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openSandpiper, type ClientTensor, type Sandpiper } from '../../src/index.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { onnxModel, type ModelSpec, type TensorSpec } from '../support/onnx-builder.ts';
import { externalDataModel } from '../support/onnx-models.ts';

const FIELD = join(import.meta.dirname, 'fixtures/external-data/m/1');

async function open({ path }: Pick<GraphRepository, 'path'>): Promise<Sandpiper> {
  return openSandpiper({
    models: path,
    cacheDir: path,
    concurrentRuns: 1,
    guestThreads: 1,
    logLevel: 'silent',
  });
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
async function folder(
  external: Record<string, string>,
  files: Record<string, Uint8Array>,
  manifest?: (graph: Uint8Array) => object,
): Promise<GraphRepository> {
  const { location = 'model.onnx_data', ...rest } = external;
  const graph = externalDataModel(location, rest);
  const repository = await graphRepository();
  await repository.put('m', 1, graph, manifest?.(graph));
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(repository.path, 'm/1', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  return repository;
}

const padded = (before: number, after: number): Uint8Array =>
  Buffer.concat([new Uint8Array(before).fill(7), WEIGHTS, new Uint8Array(after).fill(7)]);

test('a graph with its weights in the file beside it is served, as exporters write it', async () => {
  await using repository = await graphRepository();
  await cp(FIELD, join(repository.path, 'm/1'), { recursive: true });
  const data = await readFile(join(FIELD, 'model.onnx_data'));
  const weights = new Float32Array(Uint8Array.from(data).buffer);
  await using service = await open(repository);
  const row = Array.from({ length: 64 }, (_, place) => place % 5);
  const y = await ask(service, 'm', floats(row, [1, 64]));
  for (const [column, value] of y.entries()) {
    const expected = row.reduce((sum, each, place) => sum + each * (weights[place * 64 + column] ?? NaN), 0);
    expect(value).toBeCloseTo(expected, 3);
  }
  expect(y).toHaveLength(64);
});

test.each<[string, Record<string, string>, Record<string, Uint8Array>]>([
  [
    'under the name that newer exporters give it',
    { location: 'model.onnx.data' },
    { 'model.onnx.data': WEIGHTS },
  ],
  ['behind other data', { offset: '4096' }, { 'model.onnx_data': padded(4096, 100) }],
  ['in a folder of its own', { location: 'weights/w.bin' }, { 'weights/w.bin': WEIGHTS }],
  ['by a path with a dot', { location: './w.bin' }, { 'w.bin': WEIGHTS }],
])('the data lie %s', async (_, external, files) => {
  await using repository = await folder(external, files);
  await using service = await open(repository);
  expect(await ask(service, 'm', x())).toEqual(SUM);
});

test('a tensor that says no length or offset takes what its dimensions need, from the beginning', async () => {
  await using repository = await graphRepository({ m: withTensor({ location: 'w' }) });
  await writeFile(join(repository.path, 'm/1/w'), padded(0, 8));
  await using service = await open(repository);
  expect(await ask(service, 'm', x())).toEqual(SUM);
});

test('tensors inside nodes and inner graphs have their data outside too, in several files', async () => {
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
  const graph = onnxModel({
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
        attributes: { then_branch: { graph: branch('then') }, else_branch: { graph: branch('else') } },
      },
      { op: 'Sum', inputs: ['x', 'c', 'w'], outputs: ['y'] },
    ],
  });
  await using repository = await graphRepository({ m: graph });
  const write = async (name: string, ...values: number[]): Promise<void> =>
    writeFile(join(repository.path, 'm/1', name), Float32Array.from(values));
  await write('constant', 1, 1, 1, 1);
  await write('then', 10, 20, 30, 40);
  await write('else', 0, 0, 0, 0);
  await using service = await open(repository);
  expect(await ask(service, 'm', x())).toEqual([12, 23, 34, 45]);
  expect(await ask(service, 'm', floats([0, 2, 3, 4]))).toEqual([1, 3, 4, 5]);
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
  await using repository = await folder(external, files);
  await expect(open(repository)).rejects.toMatchObject({
    code: 'invalid-model',
    message: expect.stringMatching(message) as string,
  });
});

test('a link that leads out of the folder is refused, and so is a pipe', async () => {
  await using repository = await folder({}, {});
  const path = join(repository.path, 'm/1/model.onnx_data');
  await writeFile(join(repository.path, 'secret'), WEIGHTS);
  await symlink('../../secret', path);
  await expect(open(repository)).rejects.toMatchObject({
    message: expect.stringContaining('model.onnx_data is outside the model folder') as string,
  });
  await using piped = await folder({}, {});
  await promisify(execFile)('mkfifo', [join(piped.path, 'm/1/model.onnx_data')]);
  await expect(open(piped)).rejects.toMatchObject({
    message: expect.stringContaining('is no file') as string,
  });
});

test('data of over 2 GiB are refused before they are read', async () => {
  await using repository = await folder({}, { 'model.onnx_data': WEIGHTS });
  await truncate(join(repository.path, 'm/1/model.onnx_data'), 2 ** 31);
  await expect(open(repository)).rejects.toMatchObject({
    message: expect.stringContaining('has 2147483648 bytes') as string,
  });
});

test('where there is a manifest it names every data file with its digest', async () => {
  const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const stating = (data: object[]) => (graph: Uint8Array) => ({
    graph: { file: 'model.onnx', sha256: digestOf(graph), ...(data.length > 0 && { data }) },
  });
  const entry = { file: 'model.onnx_data', sha256: digestOf(WEIGHTS) };
  const files = { 'model.onnx_data': WEIGHTS };

  await using unnamed = await folder({}, files, stating([]));
  await expect(open(unnamed)).rejects.toMatchObject({
    code: 'invalid-model',
    message: expect.stringContaining(`add ${JSON.stringify(entry)} to "data" of the graph`) as string,
  });
  await using replaced = await folder({}, { 'model.onnx_data': WEIGHTS.toReversed() }, stating([entry]));
  await expect(open(replaced)).rejects.toMatchObject({
    message: expect.stringContaining('model.onnx_data is damaged or was replaced') as string,
  });
  await using named = await folder({}, files, stating([entry]));
  await using service = await open(named);
  expect(await ask(service, 'm', x())).toEqual(SUM);
});

/** `y = x + w`, its data told by nothing but this. */
function withTensor(external: Record<string, string>): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [4] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [{ name: 'w', type: 'FLOAT', dims: [4], external }],
  });
}
