import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';

test('threads that are terminated in the middle of calls of the library leave the process whole', async () => {
  const script = join(import.meta.dirname, 'terminated-calls-process.ts');
  const { code, signal, stdout } = await runCli([], { script });
  expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: '60\n' });
});
