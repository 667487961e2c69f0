import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandpiper, type ClientTensor, type Sandpiper, type SettingsInput } from '../../src/index.ts';
import { pictureTo, startColourServer, type ColourServer } from '../support/colour-models.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { identityModel, spinningModel, unknownOperatorModel, zipMapModel } from '../support/onnx-models.ts';
import { onnxModel } from '../support/onnx-builder.ts';

const QUIET = { concurrentRuns: 2, guestThreads: 2, logLevel: 'silent' } as const;

async function open({ path }: GraphRepository, settings: SettingsInput = {}): Promise<Sandpiper> {
  return openSandpiper({ models: path, cacheDir: path, ...QUIET, ...settings });
}

/** `y = x + constant`, so that an answer tells which graph gave it. */
function adding(constant: number): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [1] }],
    nodes: [{ op: 'Add', inputs: ['x', 'c'], outputs: ['y'] }],
    initializers: [{ name: 'c', type: 'FLOAT', dims: [1], data: Float32Array.of(constant) }],
  });
}

/** The number that a model adds to 0, and its version. */
async function ask(
  service: Sandpiper,
  name: string,
  version?: number,
): Promise<[version: number, sum: number]> {
  const zero: ClientTensor = { name: 'x', datatype: 'FP32', shape: [1], data: new Uint8Array(4) };
  const answer = await service.infer(name, [zero], version === undefined ? {} : { version });
  const [y] = answer.outputs;
  return [answer.version, new Float32Array(Uint8Array.from(y?.data as Uint8Array).buffer)[0] ?? NaN];
}

const spin = (iterations: bigint): ClientTensor[] => [
  {
    name: 'iterations',
    datatype: 'INT64',
    shape: [],
    data: new Uint8Array(BigInt64Array.of(iterations).buffer),
  },
];

const stateOf = async (service: Sandpiper): Promise<string[]> =>
  (await service.repositoryIndex()).map(({ name, version, state, reason }) =>
    `${name}/${version} ${state} ${reason}`.trimEnd(),
  );

/** Waits until a series of the metrics has this value. */
async function untilOf(service: Sandpiper, series: string, value: number): Promise<void> {
  const line = `sandpiper_${series} ${value}`;
  const isSo = async (): Promise<boolean> => (await service.metrics()).split('\n').includes(line);
  await expect.poll(isSo, { interval: 5, timeout: 10_000 }).toBe(true);
}

describe('Versions', () => {
  let repository: GraphRepository;
  beforeAll(async () => {
    repository = await graphRepository();
    for (const version of [1, 2, 10]) await repository.put('adder', version, adding(version));
    await repository.put('adder', 3, Buffer.from('{"not": "read"}'));
    await writeFile(join(repository.path, 'adder', '3', 'model.json'), '{');
    await rm(join(repository.path, 'adder', '3', 'model.onnx'));
  });
  afterAll(async () => repository[Symbol.asyncDispose]());

  test('the highest alone is served unless told otherwise, and the index tells of the others', async () => {
    await using service = await open(repository);
    expect(await ask(service, 'adder')).toEqual([10, 10]);
    expect(await ask(service, 'adder', 10)).toEqual([10, 10]);
    await expect(ask(service, 'adder', 2)).rejects.toMatchObject({
      code: 'not-found',
      message: 'Model adder has no version 2; it serves 10.',
    });
    expect(service.describeModel('adder').versions).toEqual([10]);
    expect(() => service.describeModel('adder', 1)).toThrow('has no version 1');
    expect(await stateOf(service)).toEqual([
      'adder/1 UNAVAILABLE not loaded',
      'adder/2 UNAVAILABLE not loaded',
      expect.stringContaining('adder/3 UNAVAILABLE Cannot load model adder/3: model.json is not JSON'),
      'adder/10 READY',
    ]);
  });

  test('all are served where the settings say so, each by its number, the highest by none', async () => {
    await repository.remove('adder', 3);
    await using service = await open(repository, { versions: 'all' });
    expect(
      await Promise.all([1, 2, 10, undefined].map(async (version) => ask(service, 'adder', version))),
    ).toEqual([
      [1, 1],
      [2, 2],
      [10, 10],
      [10, 10],
    ]);
    expect(service.describeModel('adder', 2)).toMatchObject({ version: 2, versions: [1, 2, 10] });
    expect(service.models().map(({ name, version }) => [name, version])).toEqual([['adder', 10]]);
    expect(service.statistics('adder').map(({ version }) => version)).toEqual([1, 2, 10]);
    expect(service.statistics('adder', 1)[0]?.executionCount).toBe(1);
    expect(await stateOf(service)).toEqual(['adder/1 READY', 'adder/2 READY', 'adder/10 READY']);
    // In the metrics all of them are counted together.
    await untilOf(service, 'requests_total{model="adder",outcome="ok"}', 4);
    await untilOf(service, 'requests_present{model="adder"}', 0);
  });
});

describe('A repository that changes while it is served', () => {
  let repository: GraphRepository;
  let service: Sandpiper;
  beforeAll(async () => {
    repository = await graphRepository({ adder: adding(1), other: adding(100), spin: spinningModel() });
    service = await open(repository);
  });
  afterAll(async () => {
    await service.close();
    await repository[Symbol.asyncDispose]();
  });

  const until = async (series: string, value: number): Promise<void> => untilOf(service, series, value);

  test('a new version takes over when it is loaded, and not before', async () => {
    await repository.put('adder', 2, adding(2));
    expect(await ask(service, 'adder')).toEqual([1, 1]);
    await service.loadModel('adder');
    expect(await ask(service, 'adder')).toEqual([2, 2]);
    await expect(ask(service, 'adder', 1)).rejects.toMatchObject({ code: 'not-found' });
    expect(await stateOf(service)).toContain('adder/1 UNAVAILABLE unloaded');
  });

  test('the same version with other files is read anew, and counts anew', async () => {
    await repository.put('adder', 2, adding(22));
    expect(service.statistics('adder')[0]?.executionCount).toBeGreaterThan(0);
    await service.loadModel('adder');
    // Its run on zeros is no request.
    expect(service.statistics('adder')[0]?.executionCount).toBe(0);
    expect(await ask(service, 'adder')).toEqual([2, 22]);
  });

  test('when its newest version goes, the one before is served', async () => {
    await repository.remove('adder', 2);
    await service.loadModel('adder');
    expect(await ask(service, 'adder')).toEqual([1, 1]);
    expect(await stateOf(service)).toEqual(['adder/1 READY', 'other/1 READY', 'spin/1 READY']);
  });

  test('a version that cannot be loaded leaves what was there in service, and the index says why', async () => {
    await repository.put('adder', 3, unknownOperatorModel());
    await expect(service.loadModel('adder')).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringMatching(/^Cannot load the graph of model adder@3: .*NoSuchOperator/) as string,
    });
    expect(await ask(service, 'adder')).toEqual([1, 1]);
    const [, refused] = await service.repositoryIndex();
    expect(refused).toMatchObject({ name: 'adder', version: 3, state: 'UNAVAILABLE' });
    expect(refused?.reason).toContain('NoSuchOperator');
    expect(refused?.reason).not.toContain(repository.path);
    await repository.put('adder', 3, adding(3));
    await service.loadModel('adder');
    expect(await ask(service, 'adder')).toEqual([3, 3]);
    expect(await stateOf(service)).toContain('adder/3 READY');
  });

  test('requests in flight finish on what they began with', async () => {
    const running = service.infer('spin', spin(400_000n));
    await until('graph_runs', 1);
    await repository.put('spin', 2, spinningModel());
    await service.loadModel('spin');
    expect((await service.infer('spin', spin(1n))).version).toBe(2);
    const index = await service.repositoryIndex();
    expect(index).toContainEqual({ name: 'spin', version: 1, state: 'UNLOADING', reason: '' });
    expect((await running).version).toBe(1);
    await expect.poll(async () => stateOf(service)).toContain('spin/1 UNAVAILABLE unloaded');
  });

  test('an unloaded model is gone at once for new requests, and its memory when the last one has ended', async () => {
    const running = service.infer('spin', spin(400_000n));
    await until('graph_runs', 1);
    let unloaded = false;
    const unload = service.unloadModel('spin').then(() => (unloaded = true));
    await expect.poll(() => service.models().map(({ name }) => name)).not.toContain('spin');
    await expect(service.infer('spin', spin(1n))).rejects.toMatchObject({ code: 'not-found' });
    expect(unloaded).toBe(false);
    expect((await running).version).toBe(2);
    await unload;
    expect(() => service.statistics('spin')).toThrow('There is no model "spin"');
    expect(await service.metrics()).not.toMatch(/_(?:model_ready|requests_present)\{model="spin"\}/);
    expect(await service.metrics()).toMatch(/requests_total\{model="spin",outcome="ok"\} [1-9]/);
    expect(await stateOf(service)).toContain('spin/2 UNAVAILABLE unloaded');
    expect(await ask(service, 'other')).toEqual([1, 100]);
    await service.loadModel('spin');
    expect((await service.infer('spin', spin(1n))).version).toBe(2);
  });

  test('one that was never in service, and one that is nowhere', async () => {
    await repository.put('late', 1, adding(7));
    await expect(ask(service, 'late')).rejects.toMatchObject({ code: 'not-found' });
    await expect(service.unloadModel('late')).rejects.toMatchObject({ code: 'not-found', status: 404 });
    await service.loadModel('late');
    expect(await ask(service, 'late')).toEqual([1, 7]);
    for (const name of ['none', '..', '../late', '', '__proto__', 'a/b', 'x'.repeat(1_000)])
      await expect(service.loadModel(name)).rejects.toMatchObject({ code: 'not-found', status: 404 });
  });

  test('many who load the same at a time share a load, and a request sees one version or the other', async () => {
    await repository.put('other', 2, adding(200));
    const asking = Promise.all(Array.from({ length: 50 }, async () => ask(service, 'other')));
    const loads = Array.from({ length: 50 }, async () => service.loadModel('other'));
    await Promise.all([...loads, service.unloadModel('other'), service.loadModel('other')]);
    for (const [version, sum] of await asking) expect(sum).toBe(version * 100);
    expect(await ask(service, 'other')).toEqual([2, 200]);
    expect(await stateOf(service)).toContain('other/2 READY');
  });

  test('loading and unloading again and again takes no more and more memory', async () => {
    const weights = 2_000_000;
    const large = onnxModel({
      inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
      outputs: [{ name: 'y', type: 'FLOAT', dims: [weights] }],
      nodes: [{ op: 'Add', inputs: ['x', 'c'], outputs: ['y'] }],
      initializers: [{ name: 'c', type: 'FLOAT', dims: [weights], data: new Float32Array(weights) }],
    });
    await repository.put('large', 1, large);
    const cycle = async (): Promise<number> => {
      await service.loadModel('large');
      await service.unloadModel('large');
      return process.memoryUsage.rss();
    };
    // Memory that the allocator keeps for the next time has its full size after some of them.
    for (let i = 0; i < 15; i++) await cycle();
    const before = await cycle();
    for (let i = 0; i < 14; i++) await cycle();
    // Fifteen times 8 MB would be 120 MB if but one of its copies stayed.
    expect((await cycle()) - before).toBeLessThan(75_000_000);
  });
});

describe('A model behind a component', () => {
  let server: ColourServer;
  beforeAll(async () => {
    server = await startColourServer({ red: {} });
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  const classify = async (): Promise<unknown> => {
    const { version, predictions } = await server.service.classify('red', await pictureTo('answer'));
    return [version, predictions[0]?.label];
  };

  test('is loaded anew while it answers, and out of service its threads have nothing left of it', async () => {
    const running = Promise.all(Array.from({ length: 20 }, classify));
    await server.service.loadModel('red');
    expect(new Set((await running).map(String))).toEqual(new Set(['1,red']));
    expect(await classify()).toEqual([1, 'red']);
    await server.service.unloadModel('red');
    await expect(classify()).rejects.toMatchObject({ code: 'not-found' });
    expect(server.service.models()).toEqual([]);
    await server.service.loadModel('red');
    expect(await classify()).toEqual([1, 'red']);
  });

  test('whose sample fails leaves the one before in service', async () => {
    const manifest = join(server.models, 'red', '1', 'model.json');
    const before = await readFile(manifest, 'utf8');
    await writeFile(manifest, before.replace('"expect":"red"', '"expect":"blue"'));
    await expect(server.service.loadModel('red')).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining('gave "red", and model.json expects "blue"') as string,
    });
    expect(await classify()).toEqual([1, 'red']);
    await writeFile(manifest, before);
    await server.service.loadModel('red');
  });

  test('has the threads that have had many programs replaced, one at a time, while it answers', async () => {
    const replaced = (await server.metric('guest_threads_replaced_total')) ?? 0;
    for (let i = 0; i < 16; i++) await server.service.loadModel('red');
    await expect
      .poll(async () => server.metric('guest_threads_replaced_total'))
      .toBeGreaterThanOrEqual(replaced + 3);
    expect(await classify()).toEqual([1, 'red']);
  });
});

test('a graph that misses its own deadline again and again is set aside, and comes back by its run on zeros', async () => {
  await using repository = await graphRepository({ adder: adding(1) });
  await repository.put('spin', 1, spinningModel(), { limits: { deadlineMs: 500 } });
  await using service = await open(repository);
  for (let i = 0; i < 5; i++) {
    await untilOf(service, 'graph_runs', 0);
    await expect(service.infer('spin', spin(20_000_000n))).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
  }
  await expect(service.infer('spin', spin(1n))).rejects.toMatchObject({ code: 'not-ready' });
  expect(await stateOf(service)).toEqual([
    'adder/1 READY',
    'spin/1 UNAVAILABLE set aside after failures in a row',
  ]);
  expect(service.describeModel('spin').ready).toBe(false);
  expect(await ask(service, 'adder')).toEqual([1, 1]);
  await expect.poll(() => service.describeModel('spin').ready).toBe(true);
});

test('a graph that gives maps is refused with what to do about it, and the others go on', async () => {
  await using repository = await graphRepository({ adder: adding(1) });
  await using service = await open(repository);
  await repository.put('scores', 1, zipMapModel());
  await expect(service.loadModel('scores')).rejects.toMatchObject({
    code: 'invalid-model',
    message: expect.stringMatching(/Output "y" is SEQUENCE.*without ZipMap.*'zipmap': False/) as string,
  });
  expect(await ask(service, 'adder')).toEqual([1, 1]);
  expect(await stateOf(service)).toEqual([
    'adder/1 READY',
    expect.stringMatching(/^scores\/1 UNAVAILABLE .*without ZipMap/),
  ]);
});

test('what no graph can be made of is refused without harm', async () => {
  await using repository = await graphRepository({ same: identityModel('FLOAT', [1]) });
  await using service = await open(repository);
  await writeFile(join(repository.path, 'same', '1', 'model.onnx'), '');
  await expect(service.loadModel('same')).rejects.toMatchObject({
    message: expect.stringContaining('The file is empty.') as string,
  });
  expect(
    (await service.infer('same', [{ name: 'x', datatype: 'FP32', shape: [1], data: new Uint8Array(4) }]))
      .outputs,
  ).toHaveLength(1);
});
