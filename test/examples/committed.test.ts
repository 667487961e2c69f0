/** Committed builds: they match their sources, and hold nothing of the machine that built them. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOfBytes, readBuiltRecord } from '../../components/built-record.ts';
import { digestOfExample } from '../../components/examples/build-example.ts';
import { EXAMPLES, exampleName } from '../../components/examples/catalogue.ts';
import { COMPONENT_FILE } from '../../src/toolkit/install-component.ts';
import { COMPOSED, digestOfComposed } from '../guests/composed-by-wac/build.ts';

const root = join(import.meta.dirname, '..', '..');
const composedFolder = join(root, 'test', 'guests', 'composed-by-wac');
const committed = EXAMPLES.filter((example) => example.committed);

test.each(committed)(
  'The committed $task in $language is what its sources were built to',
  async (example) => {
    const record = await readBuiltRecord(join(root, 'components', 'examples'));
    expect(record[exampleName(example)]).toMatchObject({
      sources: await digestOfExample(example),
      component: digestOfBytes(await readFile(join(example.folder, COMPONENT_FILE))),
    });
  },
);

test.each(COMPOSED)('The composed component %s is what its sources were built to', async (name) => {
  const record = await readBuiltRecord(composedFolder);
  expect(record[name]).toMatchObject({
    sources: await digestOfComposed(name),
    component: digestOfBytes(await readFile(join(composedFolder, `${name}.wasm`))),
  });
});

test('No committed component has a path of the machine that built it', async () => {
  const files = await Array.fromAsync(
    glob(['components/examples/**/*.wasm', 'test/**/*.wasm'], { cwd: root }),
  );
  expect(files.length).toBeGreaterThan(committed.length);
  const paths = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), 'latin1');
      return [...text.matchAll(/\/(?:root|home|Users|tmp|usr|build)\/[\w./-]*/g)].map(
        ([path]) => `${file}: ${path}`,
      );
    }),
  );
  expect(paths.flat()).toEqual([]);
});
