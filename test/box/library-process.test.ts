import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openSandpiper } from '../../src/index.ts';
import { runEmbedder } from '../support/embedder.ts';
import { copyModels, imageModel } from '../support/models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('Nothing of the process is changed: environment, handlers, globals, settings of sharp', async () => {
  const { code, stdout, stderr } = await runEmbedder(`
    const { default: sharp } = await import(${JSON.stringify(import.meta.resolve('sharp'))});
    const ofProcess = () => ({
      env: { ...process.env },
      listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).sort(),
      globals: Reflect.ownKeys(globalThis).map(String).sort(),
      prototypes: [Object, Array, Function, Promise, Error, Uint8Array].map((each) => [
        Reflect.ownKeys(each).length, Reflect.ownKeys(each.prototype).length,
      ]),
      errors: [Error.stackTraceLimit, String(Error.prepareStackTrace)],
      sharp: [Object.values(sharp.cache()).map(({ max }) => max), sharp.concurrency(), sharp.simd()],
      place: [process.cwd(), process.umask(), process.title, process.exitCode],
      flags: process.execArgv,
    });
    const before = ofProcess();
    const sandpiper = await open();
    await ask(sandpiper);
    const during = ofProcess();
    await sandpiper.close();
    console.log(JSON.stringify([before, during, ofProcess()]));`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  const [before, during, after] = JSON.parse(stdout) as unknown[];
  expect(during).toEqual(before);
  expect(after).toEqual(before);
});

test("The cache is where it was told to be, or in the program's folder, and says so", async () => {
  await using models = await copyModels([imageModel]);
  await using folder = await temporaryFolder('sandpiper-cache-');
  const cacheDir = join(folder.path, 'kept');
  await using sandpiper = await openSandpiper({ models: models.path, cacheDir });
  expect(sandpiper.settings.cacheDir).toBe(cacheDir);
  expect((await readdir(cacheDir)).length).toBeGreaterThan(0);
  const { stdout } = await runEmbedder(
    `const sandpiper = await open({ cacheDir: undefined, models: ${JSON.stringify(models.path)} });
    console.log(sandpiper.settings.cacheDir === process.cwd() + '/.cache');`,
  );
  expect(stdout).toBe('true\n');
});
