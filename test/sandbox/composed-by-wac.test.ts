/**
 * Components composed by `wac plug` of halves in different languages, as test/guests/composed-by-wac builds them: a
 * preprocessor in C that hands its tensor to a classifier in AssemblyScript, and wasi:nn itself, exported by an
 * allow-list in C to the example in C, which is the same file as without it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check, openSandpiper, type Sandpiper } from '../../src/index.ts';
import { translateComponent } from '../../src/sandbox/component/translate-component.ts';
import { exampleFolder } from '../../src/scaffold/create-project.ts';
import { COMPONENT_FILE } from '../../src/toolkit/install-component.ts';
import { colourfulPicture, SIDE, writeTensorModel } from '../support/example-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const composed = (name: string) => join(import.meta.dirname, '../guests/composed-by-wac', `${name}.wasm`);
const ALL = ['preprocessed', 'guarded'];

/** As the preprocessor has them in itself. */
const NORMALISED = { mean: '127', std: '128' };

let models: { path: string } & AsyncDisposable;
let sandpiper: Sandpiper;

beforeAll(async () => {
  models = await temporaryFolder('sandpiper-composed-');
  await writeModel('plain', 'image-classifier', {});
  await writeModel('preprocessed', await readFile(composed('preprocessed')), {});
  await writeModel('guarded', await readFile(composed('guarded')), { 'allowed-graphs': 'other,model' });
  sandpiper = await openSandpiper({ models: models.path, cacheDir: models.path, logLevel: 'silent' });
});
afterAll(async () => {
  await sandpiper?.close();
  await models[Symbol.asyncDispose]();
});

/** A model whose classes are the elements of the tensor that its graph was given. */
async function writeModel(
  name: string,
  component: Uint8Array | string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = join(models.path, name, '1');
  await writeTensorModel(folder, component);
  const file = join(folder, 'model.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { config: object; sample: { expect: string } };
  Object.assign(manifest.config, NORMALISED, config);
  // All elements of a white picture are equal.
  manifest.sample.expect = 'element 0';
  await writeFile(file, JSON.stringify(manifest));
}

test.each(ALL)('%s: every byte of the tensor arrives, and of the output', async (name) => {
  const photo = await colourfulPicture();
  const options = { topK: 3 * SIDE * SIDE, scoreFunction: 'none' } as const;
  const expected = await sandpiper.classify('plain', photo, options);
  const { predictions } = await sandpiper.classify(name, photo, options);
  expect(predictions).toHaveLength(3 * SIDE * SIDE);
  expect(predictions).toEqual(expected.predictions);
});

test.each(ALL)(
  '%s: one component copies into the other by itself, not by a call for each byte',
  async (name) => {
    const { modules, glue } = await translateComponent(new Uint8Array(await readFile(composed(name))));
    const memories = modules.map(([, bytes]) =>
      WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(({ kind }) => kind === 'memory'),
    );
    expect(memories.map(({ length }) => length)).toContain(2);
    // The form that the translator uses where a module may have one memory only.
    expect(glue).not.toMatch(/I32Load8U|I32Store8|augments/);
  },
);

describe('An allow-list between a component and wasi:nn', () => {
  test('refuses graphs that it does not have, in its own words', async () => {
    await using other = await temporaryFolder('sandpiper-refused-');
    const folder = join(models.path, 'guarded', '1');
    const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as {
      config: Record<string, string>;
    };
    for (const file of ['component.wasm', 'model.onnx', 'labels.txt', 'sample.png'])
      await writeFile(join(other.path, file), await readFile(join(folder, file)));
    manifest.config['allowed-graphs'] = 'other,mode,odel';
    await writeFile(join(other.path, 'model.json'), JSON.stringify(manifest));
    const { passed, problems, log } = await check(other.path);
    expect(passed).toBe(false);
    expect(JSON.stringify([problems, log])).toContain('The allow-list does not have this graph.');
  });

  test('has the example in it byte for byte', async () => {
    const example = join(exampleFolder('c', 'image-classification'), COMPONENT_FILE);
    const guarded = await readFile(composed('guarded'));
    expect(guarded.includes(await readFile(example))).toBe(true);
  });

  test('imports wasi:nn from the host and exports its task alone', async () => {
    const { component } = await check(join(models.path, 'guarded', '1'));
    expect(component?.exports).toEqual(['sandpiper:inference/image-classification@0.1.0']);
    expect(component?.imports.map((each) => each.import)).toContain('wasi:nn/graph@0.2.0-rc-2024-10-28');
    expect(component?.memories).toHaveLength(2);
  });
});
