import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const endProcess = new URL('../../src/cli/end-process.ts', import.meta.url);

test.skipIf(process.platform === 'win32')(
  "a process ends with its code though a thread of libuv's pool is in native code for ever",
  async () => {
    const program = `
      import { pbkdf2 } from 'node:crypto';
      import { leave } from '${endProcess.href}';
      pbkdf2('', '', 2 ** 31 - 1, 2 ** 20, 'sha512', () => {});
      setTimeout(leave, 100, 7);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
    try {
      expect(await once(child, 'exit')).toEqual([7, null]);
    } finally {
      child.kill('SIGKILL');
    }
  },
);
