/**
 * Nothing leaves the machine that was not asked for, and nothing is written but the cache. The commands run without
 * `CI` in their environment: it keeps libraries that report home from doing so.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { built } from '../support/built.ts';
import { runCli, startServing, type CliResult } from '../support/cli.ts';
import { copyModels, imageModel, readSample } from '../support/models.ts';
import { canTrace, privateHome, type PrivateHome } from '../support/private-home.ts';

const guests = join(import.meta.dirname, '../guests');

let models: Awaited<ReturnType<typeof copyModels>>;
beforeAll(async () => {
  models = await copyModels([imageModel]);
});
afterAll(async () => models[Symbol.asyncDispose]());

/** Each way in, as far as a graph that has computed and an orderly end. */
const WAYS_IN: Record<string, (home: PrivateHome) => Promise<CliResult>> = {
  'sandpiper serve, with a photo answered': async ({ options }) => {
    using cli = await startServing(['--models', models.path], options);
    const { bytes } = await readSample(imageModel);
    const answer = await fetch(`${cli.url}/models/${imageModel}`, { method: 'POST', body: bytes });
    expect(answer.status).toBe(200);
    cli.process.kill('SIGTERM');
    return await cli.result;
  },
  'sandpiper check': async ({ options }) => runCli(['check', join(models.path, imageModel, '1')], options),
  'sandpiper run': async ({ options }) => {
    await writeFile(join(options.cwd, 'tensor'), new Uint8Array(4 * 3 * 224 * 224));
    const graph = join(models.path, imageModel, '1/model.onnx');
    const command = join(guests, 'classify/core.wasm');
    return runCli(
      ['run', '--dir', '.', '--nn-graph', `photos=${graph}`, command, 'named', 'photos', 'tensor'],
      options,
    );
  },
  'a program that uses the library': async ({ options, cache }) => {
    const script = join(options.cwd, 'program.ts');
    await writeFile(script, libraryProgram(cache));
    return runCli([], { ...options, script });
  },
  'a program that uses the library in a thread of its own': async ({ options, cache }) => {
    const script = join(options.cwd, 'program.ts');
    const program = JSON.stringify(libraryProgram(cache));
    await writeFile(
      script,
      `import { Worker } from 'node:worker_threads';
       new Worker(new URL('data:text/javascript,' + encodeURIComponent(${program})));`,
    );
    return runCli([], { ...options, script });
  },
};

const libraryProgram = (cacheDir: string): string => `
  import { readFile } from 'node:fs/promises';
  import { openSandpiper } from ${JSON.stringify(pathToFileURL(built('src/index.ts')).href)};
  const settings = ${JSON.stringify({ models: models.path, cacheDir })};
  const photo = await readFile(${JSON.stringify(join(models.path, imageModel, '1/sample.png'))});
  await using sandpiper = await openSandpiper(settings);
  console.log(await sandpiper.classify(${JSON.stringify(imageModel)}, photo));
`;

describe.concurrent.each(Object.entries(WAYS_IN))('%s', (_, go) => {
  test(`writes nothing but its cache${canTrace ? ', and asks nobody' : ' (whom it asks is not told without strace)'}`, async () => {
    await using home = await privateHome();
    const given = ['cwd/program.ts', 'cwd/tensor'];
    const { code, stderr } = await go(home);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const left = (await home.leftBehind()).filter((path) => !given.includes(path));
    const [written, reachedFor] = [await home.written(), await home.reachedFor()];
    expect({ left, written, reachedFor }).toEqual({ left: [], written: [], reachedFor: [] });
  });
});

test.runIf(canTrace)('what this looks at would show an address, a file and a folder', async () => {
  await using home = await privateHome();
  const script = join(home.options.cwd, 'program.ts');
  await writeFile(
    script,
    `import { mkdirSync, writeFileSync } from 'node:fs';
     import { connect } from 'node:net';
     mkdirSync(${JSON.stringify(home.cache)});
     writeFileSync(${JSON.stringify(join(home.cache, 'kept'))}, '');
     mkdirSync('made');
     writeFileSync('made/file', '');
     connect(9, '127.0.0.1').on('error', () => {});`,
  );
  expect(await runCli([], { ...home.options, script })).toMatchObject({ code: 0 });
  expect(await home.leftBehind()).toEqual(['cwd/made', 'cwd/made/file', 'cwd/program.ts']);
  expect(await home.written()).toEqual(['made', 'made/file']);
  expect(await home.reachedFor()).toEqual([expect.stringContaining('inet_addr("127.0.0.1")')]);
});
