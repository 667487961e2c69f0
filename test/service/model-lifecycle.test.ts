import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startParts } from '../../src/check/check-model.ts';
import { resolveSettings } from '../../src/config/settings.ts';
import { ModelCatalogue } from '../../src/service/lifecycle/model-catalogue.ts';
import { ModelLifecycle } from '../../src/service/lifecycle/model-lifecycle.ts';
import { loggerInto, type LogLines } from '../support/door.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { identityModel } from '../support/onnx-models.ts';

const { limits } = resolveSettings();
const log: LogLines = [];
const logger = loggerInto(log);
const valid = identityModel('FLOAT', ['n']);
const broken = Buffer.from('no model');

let context: ReturnType<typeof startParts>;
beforeAll(() => {
  context = startParts(limits, logger);
});
afterAll(async () => context[Symbol.asyncDispose]());

let repository: GraphRepository;
beforeEach(async () => {
  repository = await graphRepository();
  log.length = 0;
});

const catalogues: ModelCatalogue[] = [];
afterEach(async () => {
  for (const catalogue of catalogues.splice(0))
    for (const model of catalogue.all) {
      model.breaker[Symbol.dispose]();
      model.release();
    }
  await repository[Symbol.asyncDispose]();
});

function lifecycleOf({
  strict = false,
  versions = 'latest',
}: { strict?: boolean; versions?: 'latest' | 'all' } = {}) {
  const catalogue = new ModelCatalogue();
  catalogues.push(catalogue);
  const settings = { models: repository.path, versions, strict };
  return { catalogue, lifecycle: new ModelLifecycle({ settings, catalogue, context }) };
}

const namesOf = ({ all }: ModelCatalogue) => all.map(({ name, version }) => `${name}@${version}`);

/** Versions in the order in which they came into service. */
const loaded = () => log.filter(({ msg }) => msg === 'model in service');

test('brings what can be served into service, and says which is not and why', async () => {
  await repository.put('good', 1, valid);
  await repository.put('bad', 1, broken);
  const { catalogue, lifecycle } = lifecycleOf();
  expect(await lifecycle.start()).toEqual([
    { model: 'bad', version: 1, reason: expect.stringContaining('Cannot load the graph of model bad@1') },
  ]);
  expect(namesOf(catalogue)).toEqual(['good@1']);
  expect(lifecycle.complete).toBe(false);
  expect(await lifecycle.index()).toMatchObject([
    { name: 'bad', state: 'UNAVAILABLE', reason: expect.stringContaining('Cannot load') },
    { name: 'good', state: 'READY' },
  ]);
  await repository.put('bad', 1, valid);
  await lifecycle.load('bad');
  expect(namesOf(catalogue)).toEqual(['bad@1', 'good@1']);
  expect(lifecycle.complete).toBe(true);
});

test('serves nothing where all must be served and one cannot', async () => {
  await repository.put('good', 1, valid);
  await repository.put('bad', 1, broken);
  const { catalogue, lifecycle } = lifecycleOf({ strict: true });
  await expect(lifecycle.start()).rejects.toMatchObject({ code: 'invalid-model' });
  expect(namesOf(catalogue)).toEqual([]);
});

test('a load that fails changes nothing, though other versions of it load', async () => {
  await repository.put('model', 1, valid);
  const { catalogue, lifecycle } = lifecycleOf({ versions: 'all' });
  await lifecycle.start();
  const [before] = catalogue.all;
  await repository.put('model', 2, broken);
  await repository.put('model', 3, valid);
  await expect(lifecycle.load('model')).rejects.toMatchObject({ code: 'invalid-model' });
  expect(catalogue.all).toEqual([before]);
  expect(catalogue.get('model')).toBe(before);
  await repository.remove('model', 2);
  await lifecycle.load('model');
  expect(namesOf(catalogue)).toEqual(['model@1', 'model@3']);
});

test('loads that are asked for while one runs are done as one, after it', async () => {
  await repository.put('first', 1, valid);
  const { lifecycle } = lifecycleOf();
  await lifecycle.start();
  await repository.put('model', 1, valid);
  log.length = 0;
  const running = lifecycle.load('model');
  const ofModel = async () => (await lifecycle.index()).find(({ name }) => name === 'model')?.state;
  await expect.poll(ofModel, { interval: 1 }).not.toBe('UNAVAILABLE');
  // Changes of the folder from now on are for one load after the one that runs.
  const later = [1, 2, 3].map(async () => lifecycle.load('model'));
  await Promise.all([running, ...later]);
  expect(loaded()).toHaveLength(2);
});

test('a load that is asked for after an unload comes after it', async () => {
  await repository.put('model', 1, valid);
  const { catalogue, lifecycle } = lifecycleOf();
  await lifecycle.start();
  const [first] = catalogue.all;
  await Promise.all([lifecycle.unload('model'), lifecycle.load('model')]);
  expect(namesOf(catalogue)).toEqual(['model@1']);
  expect(catalogue.get('model')).not.toBe(first);
});

test('a version that is unloaded takes nothing new, and ends when its last request has', async () => {
  await repository.put('model', 1, valid);
  const { catalogue, lifecycle } = lifecycleOf();
  await lifecycle.start();
  const model = catalogue.get('model');
  const request = model.inFlight.enter();
  const order: string[] = [];
  const unloaded = lifecycle.unload('model').then(() => order.push('unloaded'));
  await expect.poll(() => catalogue.all).toEqual([]);
  expect(await lifecycle.index()).toMatchObject([{ name: 'model', state: 'UNLOADING' }]);
  order.push('request ended');
  request[Symbol.dispose]();
  await unloaded;
  expect(order).toEqual(['request ended', 'unloaded']);
  expect(() => catalogue.get('model')).toThrow('There is no model');
});

test('a version that is replaced goes on with the requests that it has', async () => {
  await repository.put('model', 1, valid);
  const { catalogue, lifecycle } = lifecycleOf();
  await lifecycle.start();
  const before = catalogue.get('model');
  using _request = before.inFlight.enter();
  await lifecycle.load('model');
  expect(catalogue.get('model')).not.toBe(before);
  // It is not released while it has one: a graph that was, could not be run.
  const input = { name: 'x', datatype: 'FP32', shape: [1], data: new Uint8Array(4) } as const;
  const scope = before.scope({});
  if (!('infer' in before)) throw new Error('The model is no bare graph.');
  await expect(before.infer([input], {}, scope)).resolves.toBeDefined();
});

test('what is not there cannot be loaded or unloaded', async () => {
  await repository.put('model', 1, valid);
  const { lifecycle } = lifecycleOf();
  await lifecycle.start();
  await expect(lifecycle.load('other')).rejects.toMatchObject({ code: 'not-found' });
  await expect(lifecycle.unload('other')).rejects.toMatchObject({ code: 'not-found' });
});
