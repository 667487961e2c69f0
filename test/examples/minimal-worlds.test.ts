/** The smallest worlds: a runtime that imports all of its world asks for wasi:nn alone of what the contract has. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew, componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { componentize } from 'componentize-qjs';
import { expect, test } from 'vitest';
import { readContract } from '../../components/world.ts';
import { openSandpiper } from '../../src/index.ts';
import { colourfulPicture, SIDE, writeTensorModel } from '../support/example-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '..', '..');

test('A classifier in JavaScript of the smallest world imports wasi:nn and its runtime’s WASI, and is served', async () => {
  const path = join(root, 'test', 'guests', 'minimal-classifier', 'classifier.js');
  const { component } = await componentize({
    witPath: join(root, 'wit'),
    world: 'image-classifier-minimal',
    jsSource: await readFile(path, 'utf8'),
    jsPath: path,
    sync: true,
  });
  const imports = importsOf(await componentWit(component));
  expect(imports.filter((name) => !/^wasi:(nn|cli|io|clocks|filesystem|random)\//.test(name))).toEqual([
    'sandpiper:inference/failures@0.1.0',
  ]);

  await using models = await temporaryFolder('sandpiper-minimal-');
  await writeTensorModel(join(models.path, 'reference', '1'), 'image-classifier');
  await writeTensorModel(join(models.path, 'minimal', '1'), component, 'javascript');
  await using sandpiper = await openSandpiper({ models: models.path, logLevel: 'silent' });
  const [photo, options] = [
    await colourfulPicture(),
    { topK: 3 * SIDE * SIDE, scoreFunction: 'none' } as const,
  ];
  const expected = await sandpiper.classify('reference', photo, options);
  const { predictions } = await sandpiper.classify('minimal', photo, options);
  expect(predictions).toEqual(expected.predictions);
});

test.each([
  ['image-classifier', []],
  ['speech-transcriber', ['sandpiper:inference/sound@0.1.0']],
  ['predictor', []],
])('%s-minimal lacks nothing but what a component may do without', async (world, beside) => {
  const witSource = await readContract();
  const typesOf = async (name: string) =>
    componentWit(await componentNew(await componentEmbed({ witSource, world: name, dummy: true })));
  const [small, whole] = await Promise.all([typesOf(`${world}-minimal`), typesOf(world)]);
  const typesAlone = /\/(failures|values)@/;
  const imports = importsOf(small).filter((name) => !name.startsWith('wasi:nn/') && !typesAlone.test(name));
  expect(imports).toEqual(beside);
  expect(importsOf(whole)).toEqual(expect.arrayContaining(importsOf(small)));
  expect(exportsOf(whole)).toEqual(exportsOf(small));
});

function importsOf(wit: string): string[] {
  return namesOf(wit, 'import');
}

function exportsOf(wit: string): string[] {
  return namesOf(wit, 'export');
}

function namesOf(wit: string, way: string): string[] {
  return [...wit.matchAll(new RegExp(`^ {2}${way} ([^;]+);`, 'gm'))].map(([, name = '']) => name);
}
