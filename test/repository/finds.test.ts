import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { readModelFolder } from '../../src/repository/model-folder.ts';
import { findModels } from '../../src/repository/model-repository.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { externalDataModel, identityModel } from '../support/onnx-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MODEL = identityModel('FLOAT', [1]);

let outside: string;
let models: string;
let close: () => Promise<void>;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  const folder = await temporaryFolder('sandpiper-finds-');
  outside = folder.path;
  models = join(outside, 'models');
  lines = [];
  close = async () => folder[Symbol.asyncDispose]();
  await put('good/1/model.onnx');
});
afterEach(async () => close());

async function put(path: string, bytes: Uint8Array = MODEL): Promise<void> {
  await mkdir(dirname(join(models, path)), { recursive: true });
  await writeFile(join(models, path), bytes);
}

async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(join(models, path)), { recursive: true });
  await symlink(target, join(models, path));
}

async function open(): Promise<Sandpiper> {
  const target = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return openSandpiper(
    { models, cacheDir: outside, concurrentRuns: 1, guestThreads: 1 },
    { logger: createLogger({ logLevel: 'warn', logFormat: 'json' }, target) },
  );
}

/** Reads the model `net` as the service does. */
async function readNet(): Promise<unknown> {
  const location = (await findModels(models)).locations.find(({ name }) => name === 'net');
  if (location === undefined) throw new Error('there is no version of net');
  return readModelFolder(location);
}

/** Entries of the index besides the good model: names, versions, states and reasons. */
async function others(service: Sandpiper): Promise<string[][]> {
  const index = await service.repositoryIndex();
  expect(index).toContainEqual({ name: 'good', version: 1, state: 'READY', reason: '' });
  return index
    .filter(({ name }) => name !== 'good')
    .map(({ name, version, state, reason }) => [name, String(version), state, reason]);
}

describe('What looks like a model and is not served', () => {
  test.each<[what: string, path: string, name: string, version: string, reason: RegExp]>([
    ['a version with a zero in front', 'net/01/model.onnx', 'net', '01', /whole number from 1.*rename/],
    ['a version with a letter', 'net/v1/model.onnx', 'net', 'v1', /whole number from 1/],
    ['version 0', 'net/0/model.json', 'net', '0', /whole number from 1/],
    [
      'a folder of files that are named otherwise',
      'net/onnx/net_q.onnx',
      'net',
      'onnx',
      /whole number from 1/,
    ],
    [
      'a graph without a version folder',
      'net/model.onnx',
      'net',
      '',
      /model\.onnx is in no folder of a version.*net\/1/,
    ],
    [
      'a manifest without a version folder',
      'net/model.json',
      'net',
      '',
      /model\.json is in no folder of a version/,
    ],
    [
      "Triton's configuration without a version",
      'net/config.pbtxt',
      'net',
      '',
      /no folder of a version.*net\/1/,
    ],
    ['a name with a space', 'my net/1/model.onnx', 'my net', '', /letters, digits, dots.*rename/],
    ['a name with an umlaut', 'größe/1/model.onnx', 'größe', '', /letters, digits/],
    ['a name that is too long', `${'n'.repeat(65)}/1/model.onnx`, 'n'.repeat(65), '', /up to 64/],
    ['a file beside the folders', 'net.onnx', 'net.onnx', '', /it is a file.*<name>\/1\/model\.onnx/],
  ])('%s is found, with the reason', async (_, path, name, version, reason) => {
    await put(path);
    const { locations, unusable } = await findModels(models);
    expect(locations.map((location) => location.name)).toEqual(['good']);
    expect(unusable).toEqual([{ name, version, reason: expect.stringMatching(reason) as string }]);
  });

  test('is named in the log and in the index, and the others are served', async () => {
    await put('my net/1/model.onnx');
    await put('net/v1/model.onnx');
    await link('linked', '../gone');
    await using service = await open();
    const locations = [
      ['linked', '', /to nothing that can be read/],
      ['my net', '', /letters, digits/],
      ['net', 'v1', /whole number from 1/],
    ] as const;
    const found = locations.map(([model, version, reason]) => ({
      model,
      version,
      reason: expect.stringMatching(reason) as string,
    }));
    expect(lines.map(({ time: _time, ...line }) => line)).toEqual(
      found.map((location) => ({ level: 'warn', msg: 'not served', ...location })),
    );
    expect(await others(service)).toEqual(
      found.map(({ model, version, reason }) => [model, version, 'UNAVAILABLE', reason]),
    );
    expect(JSON.stringify(await service.repositoryIndex())).not.toContain(outside);
  });

  test('what is no model is not named', async () => {
    await put('notes.md');
    await put('.git/objects/model.onnx');
    await put('lost+found/1/x');
    await put('good/labels.txt');
    await put('good/config.pbtxt');
    await put('good/configs/a.pbtxt');
    expect((await findModels(models)).unusable).toEqual([]);
  });

  test('a model that is asked for by its name answers why it is not there', async () => {
    await put('net/v1/model.onnx');
    await using service = await open();
    await expect(service.loadModel('net')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/"net".*whole number from 1/) as string,
    });
    await rename(join(models, 'net/v1'), join(models, 'net/1'));
    await service.loadModel('net');
    expect(await others(service)).toEqual([['net', '1', 'READY', '']]);
  });

  test('a graph of another name is named where it lies', async () => {
    await using service = await open();
    await put('net/1/net_int8.onnx');
    await expect(service.loadModel('net')).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining('call net_int8.onnx model.onnx, or name it in a model.json') as string,
    });
  });

  test('a directory of nothing else is refused with all of it', async () => {
    await rm(join(models, 'good'), { recursive: true });
    await put('a/v1/model.onnx');
    await put('b/model.onnx');
    await expect(open()).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(
        /There is no model .* a\/v1: a version is .* b: model\.onnx is in no/,
      ) as string,
    });
  });
});

describe('Links', () => {
  test('a volume of Kubernetes over one version, one model or all models is served, and swapped', async () => {
    await put('flat/1/..2026_01/model.onnx');
    await link('flat/1/..data', '..2026_01');
    await link('flat/1/model.onnx', '..data/model.onnx');
    await put('one/..2026_02/1/model.onnx');
    await link('one/..data', '..2026_02');
    await link('one/1', '..data/1');
    await put('..2026_03/all/1/model.onnx');
    await link('..data', '..2026_03');
    await link('all', '..data/all');
    await using service = await open();
    expect(await others(service)).toEqual(['all', 'flat', 'one'].map((name) => [name, '1', 'READY', '']));
    expect(lines).toEqual([]);

    await put('one/..2026_04/2/model.onnx');
    await symlink('..2026_04', join(models, 'one/..next'));
    await rename(join(models, 'one/..next'), join(models, 'one/..data'));
    await link('one/2', '..data/2');
    await rm(join(models, 'one/1'));
    await rm(join(models, 'one/..2026_02'), { recursive: true });
    await service.loadModel('one');
    expect(service.describeModel('one').versions).toEqual([2]);
  });

  test('a cache of the Hugging Face Hub is served by a link to its snapshot, weights beside the graph too', async () => {
    const hub = 'hub/models--maker--net';
    await put(`${hub}/blobs/aaa`, externalDataModel('model.onnx_data'));
    await put(`${hub}/blobs/bbb`, new Uint8Array(16));
    await link(`${hub}/snapshots/0123abcd/onnx/model.onnx`, '../../../blobs/aaa');
    await link(`${hub}/snapshots/0123abcd/onnx/model.onnx_data`, '../../../blobs/bbb');
    await link('net/1', `../${hub}/snapshots/0123abcd/onnx`);
    await using service = await open();
    expect(await others(service)).toEqual([['net', '1', 'READY', '']]);
  });

  test('a snapshot whose file leads elsewhere than to its blobs is refused', async () => {
    await link('hub/models--maker--net/snapshots/0123/model.onnx', '../../../../good/1/model.onnx');
    await link('net/1', '../hub/models--maker--net/snapshots/0123');
    await expect(readNet()).rejects.toMatchObject({
      code: 'invalid-model',
      message: expect.stringContaining('model.onnx is outside the model folder') as string,
    });
  });

  test('a cache outside the models directory is no reason to follow its links', async () => {
    const cache = join(outside, 'cache');
    await cp(models, join(cache, 'blobs'), { recursive: true });
    await mkdir(join(cache, 'snapshots'));
    await rename(models, join(cache, 'snapshots/models'));
    models = join(cache, 'snapshots/models');
    await link('net/1/model.onnx', '../../../../blobs/good/1/model.onnx');
    await expect(readNet()).rejects.toMatchObject({ code: 'invalid-model' });
  });

  test.each<[what: string, path: string, target: string, version: string, reason: RegExp]>([
    ['a version that leads out', 'net/1', '../../elsewhere', '1', /leads out of the models directory/],
    ['a model that leads out', 'net', '../elsewhere', '', /leads out of the models directory/],
    ['a version that leads nowhere', 'net/1', 'gone', '1', /to nothing that can be read/],
    ['a model that leads to itself', 'net', 'net', '', /to nothing that can be read/],
  ])('%s is not served, and named with the reason', async (_, path, target, version, reason) => {
    await mkdir(join(outside, 'elsewhere'));
    await writeFile(join(outside, 'elsewhere/model.onnx'), MODEL);
    await link(path, target);
    const { locations, unusable } = await findModels(models);
    expect(locations.map((location) => location.name)).toEqual(['good']);
    expect(unusable).toEqual([{ name: 'net', version, reason: expect.stringMatching(reason) as string }]);
  });
});
