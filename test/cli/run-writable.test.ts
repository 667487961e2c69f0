/** A folder that a command may write to: its changes reach the host's folder when it has ended, and nothing else does. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { startCommands } from '../support/commands.ts';
import { guestCache } from '../support/guest-cache.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const commands = startCommands();
afterAll(() => commands[Symbol.dispose]());

const guests = join(import.meta.dirname, '../guests/command');

describe.each([
  ['a core module', join(guests, 'core.wasm')],
  ['a component', join(guests, 'component.wasm')],
])('%s', (_, command) => {
  const home = temporaryFolder('sandpiper-writable-');
  const run = async (
    options: readonly string[],
    steps: readonly (readonly string[])[],
    stdin?: Uint8Array,
    process: typeof runCli = commands.run,
  ) =>
    process(
      ['run', ...options, command, ...steps.flatMap((step, at) => (at === 0 ? step : ['then', ...step]))],
      {
        cwd: (await home).path,
        env: { SANDPIPER_CACHE_DIR: guestCache },
        ...(stdin && { stdin }),
      },
    );
  const at = async (path: string) => join((await home).path, path);

  afterAll(async () => (await home)[Symbol.asyncDispose]());

  beforeEach(async () => {
    await rm(await at('out'), { recursive: true, force: true });
    await mkdir(await at('out/old'), { recursive: true });
    await mkdir(await at('in'), { recursive: true });
    await writeFile(await at('out/kept'), '0123456789', { mode: 0o640 });
    await writeFile(await at('out/old/a'), 'a');
    await writeFile(await at('in/b'), 'b');
  });

  test('writes a file whole, and what it wrote can be read at once', async () => {
    const bytes = randomBytes(3_000_001);
    const written = await run(
      ['--dir-writable', 'out::/result'],
      [
        ['fill', '/result/new'],
        ['size', '/result/new'],
      ],
      bytes,
      // By itself: that it is written when its process ends.
      runCli,
    );
    expect(written).toMatchObject({ code: 0, stdout: '3000001\n', stderr: '' });
    expect((await readFile(await at('out/new'))).equals(bytes)).toBe(true);
  });

  test('changes, appends to, cuts, moves and deletes what is there; the rest is as it was', async () => {
    const before = await stat(await at('out/old'));
    const { code, stdout } = await run(
      ['--dir-writable', 'out'],
      [
        ['append', 'out/kept'],
        ['poke', 'out/kept'],
        ['mkdir', 'out/made'],
        ['write', 'out/made/empty'],
        ['cat', 'out/kept'],
      ],
      Buffer.from('more'),
    );
    expect([code, stdout]).toEqual([0, 'done\ndone\n012XY56789more']);
    expect(await readFile(await at('out/kept'), 'utf8')).toBe('012XY56789more');
    expect((await stat(await at('out/kept'))).mode & 0o777).toBe(0o640);
    expect((await stat(await at('out/old'))).mtimeMs).toBe(before.mtimeMs);
    expect((await readdir(await at('out'))).toSorted()).toEqual(['kept', 'made', 'old']);
    expect(await readdir(await at('out/made'))).toEqual(['empty']);

    const again = await run(
      ['--dir-writable', 'out'],
      [
        ['shorten', 'out/kept'],
        ['rename', 'out/kept'],
        ['rmdir', 'out/old'],
        ['unlink', 'out/old/a'],
        ['rmdir', 'out/old'],
        ['mkdir', 'out/made'],
        ['rename', 'out/made'],
      ],
    );
    expect(again.stdout.split('\n')).toEqual([
      'done',
      'done',
      'Directory not empty',
      'done',
      'done',
      'File exists',
      'done',
      '',
    ]);
    expect((await readdir(await at('out'))).toSorted()).toEqual(['kept.new', 'made.new']);
    expect(await readFile(await at('out/kept.new'), 'utf8')).toBe('01');
    expect(await readdir(await at('out/made.new'))).toEqual(['empty']);
  });

  test('writes to no folder that it may only read, and to nothing outside', async () => {
    const { stdout } = await run(
      ['--dir', 'in', '--dir-writable', 'out'],
      [
        ['write', 'in/new'],
        ['unlink', 'in/b'],
        ['write', 'out/../in/new'],
        ['write', '/etc/sandpiper'],
        ['rename', 'out/none'],
      ],
    );
    const [first, second, ...outside] = stdout.trim().split('\n');
    expect([first, second]).toEqual(['Read-only file system', 'Read-only file system']);
    for (const line of outside) expect(line).toMatch(/not permitted|insufficient|No such|Read-only/);
    expect(await readdir(await at('in'))).toEqual(['b']);
  });

  test('writes no more than --dir-bytes, and what fits is kept', async () => {
    const options = ['--dir-writable', 'out', '--dir-bytes', '1000000'];
    const { stdout } = await run(options, [['fill', 'out/much']], randomBytes(1_500_000));
    expect(stdout).toBe('No space left on device\n');
    expect((await stat(await at('out/much'))).size).toBeLessThan(1_000_000);
  });

  test('keeps what it wrote before a trap, and not what it wrote before its timeout', async () => {
    expect((await run(['--dir-writable', 'out'], [['write', 'out/before'], ['trap']])).code).toBe(134);
    expect(await readdir(await at('out'))).toContain('before');
    const late = await run(['--dir-writable', 'out', '--timeout', '1'], [['write', 'out/late'], ['spin']]);
    expect(late.code).toBe(124);
    expect(await readdir(await at('out'))).not.toContain('late');
  });

  test('puts a file in the place of a link, and leaves what it led to', async () => {
    await symlink('old/a', await at('out/link'));
    await run(['--dir-writable', 'out'], [['poke', 'out/link']]);
    expect(await readFile(await at('out/old/a'), 'utf8')).toBe('a');
    expect(await readFile(await at('out/link'), 'utf8')).toBe('a\0\0XY');
  });

  test('is refused a path that is given twice', async () => {
    const { code, stderr } = await run(['--dir', 'in::/x', '--dir-writable', 'out::/x'], [['args']]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/The path \/x is given twice/)]);
  });
});
