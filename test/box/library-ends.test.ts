import { describe, expect, test } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANSWER, runEmbedder } from '../support/embedder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('A program that uses the library', () => {
  test('ends by itself when it has nothing left to do, though nothing was closed', async () => {
    const { code, signal, stdout, stderr } = await runEmbedder('console.log(await ask(await open()));');
    expect({ code, signal, stdout, stderr }).toEqual({
      code: 0,
      signal: null,
      stdout: `${ANSWER}\n`,
      stderr: expect.any(String),
    });
  });

  test.each([
    ['right after it was opened', ''],
    ['after a request', 'await ask(sandpiper);'],
    ['in the middle of requests', 'void ask(sandpiper); await new Promise((r) => setTimeout(r, 30));'],
  ])('ends by process.exit with its own code %s', async (_, before) => {
    const { code, signal, stderr } = await runEmbedder(
      `const sandpiper = await open(); ${before} process.exit(7);`,
    );
    expect({ code, signal, stderr }).toEqual({ code: 7, signal: null, stderr: expect.any(String) });
  });

  test('may use it in threads of its own, terminate them, and go on', async () => {
    const { code, signal, stdout, stderr } = await runEmbedder(`
      const { Worker, isMainThread, parentPort } = await import('node:worker_threads');
      const sandpiper = await open();
      if (!isMainThread) {
        await ask(sandpiper);
        void ask(sandpiper);
        parentPort.postMessage('asked');
      } else {
        for (let i = 0; i < 2; i++) {
          const thread = new Worker(new URL(import.meta.url));
          await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
          await thread.terminate();
        }
        console.log(await ask(sandpiper));
      }`);
    expect({ code, signal, stdout, stderr }).toEqual({
      code: 0,
      signal: null,
      stdout: `${ANSWER}\n`,
      stderr: expect.any(String),
    });
  });

  test.each(['--require', 'NODE_OPTIONS', '--inspect'])('keeps its %s to itself', async (option) => {
    await using folder = await temporaryFolder('sandpiper-preload-');
    const preload = join(folder.path, 'preload.cjs');
    await writeFile(
      preload,
      `const { isMainThread, threadName } = require('node:worker_threads');
      if (isMainThread) process.execArgv.push('--no-such-option');
      else require('node:fs').writeSync(2, 'loaded in ' + threadName);`,
    );
    const required = `--require=${preload}`;
    const { code, stdout, stderr } = await runEmbedder('console.log(await ask(await open()));', {
      ...(option === 'NODE_OPTIONS' && { env: { NODE_OPTIONS: required } }),
      ...(option === '--require' && { nodeOptions: [required] }),
      ...(option === '--inspect' && { nodeOptions: ['--inspect=127.0.0.1:0'] }),
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${ANSWER}\n`, stderr: expect.any(String) });
    expect(stderr).not.toContain('loaded in');
    expect(stderr.match(/Debugger listening/g) ?? []).toHaveLength(option === '--inspect' ? 1 : 0);
  });
});
