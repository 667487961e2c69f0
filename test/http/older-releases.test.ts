/** Models whose components speak older releases of wasi:nn, served side by side; and a core module, which is not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/index.ts';
import {
  buildOlderClassifier,
  CLASSES,
  pictureOf,
  SHARE,
  writeOlderModel,
} from '../support/older-classifier.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RELEASES = ['0.2.0-rc-2024-06-25', '0.2.0-rc-2024-08-19'] as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-older-');
  for (const release of RELEASES) {
    await writeOlderModel(join(folder.path, 'models', release, '1'), await buildOlderClassifier(release));
  }
  server = await startServer({ models: join(folder.path, 'models'), cacheDir: join(folder.path, '.cache') });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe.each(RELEASES)('a component of %s', (release) => {
  test('answers for picture after picture what its graph makes of each, whose names it asks for', async () => {
    for (const index of [3, CLASSES - 1, 0]) {
      const body = await pictureOf(index);
      const response = await fetch(`${server.url}/models/${release}`, { method: 'POST', body });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual([{ label: `byte ${index}`, score: expect.closeTo(SHARE, 6) }]);
    }
  });

  test('is what it says it is, with a contract of that release alone', async () => {
    const { passed, component } = await check(join(folder.path, 'models', release, '1'));
    expect(passed).toBe(true);
    expect(component?.nn).toEqual([{ abi: `wasi:nn@${release}`, numbering: 'wit' }]);
  });
});

test('a core module is no component of a model, and the refusal says who takes it', async () => {
  const core = await readFile(join(import.meta.dirname, '../guests/classify/core.wasm'));
  const path = join(folder.path, 'core', '1');
  await writeOlderModel(path, core);
  const { problems } = await check(path);
  expect(problems).toEqual([
    expect.stringMatching(/it is a core module, which `sandpiper run` takes; to be served/),
  ]);
});
