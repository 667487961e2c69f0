/** Boxes with little memory, and places where next to nothing may be written. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, startServing, type CliOptions } from '../support/cli.ts';
import { makeMemoryGroup } from '../support/memory-group.ts';
import { imageModel, modelsDir, readSample, speechModel, usualModels } from '../support/models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MiB = 2 ** 20;

/** A command line behind which Node's stands. */
function behind(command: readonly string[], nodeOptions: readonly string[] = []): CliOptions {
  const [node, ...words] = command;
  return { node: node ?? '', nodeOptions: [...words, process.execPath, ...nodeOptions] };
}

test.for<[cores: number, which: string, models: string]>([
  [1, 'two', usualModels()],
  [16, 'all', modelsDir],
])(
  'in 384 MiB and on %s cores %s models start without a cache, with default flags, and answer many at a time',
  { timeout: 120_000 },
  async ([cores, , models], { skip }) => {
    const group = makeMemoryGroup(384 * MiB);
    if (typeof group === 'string') return skip(group);
    await using folder = await temporaryFolder('sandpiper-small-');
    const has = join(folder.path, 'has.cjs');
    await writeFile(
      has,
      `require('node:os').availableParallelism = () => ${cores}; require('node:module').syncBuiltinESMExports();`,
    );
    using _ = group;
    const args = ['--models', models, '--cache-dir', join(folder.path, 'cache')];
    using cli = await startServing(args, behind(group.enter, ['--require', has]));
    expect(await Promise.all(Array.from({ length: 6 }, async () => askBoth(cli.url)))).toEqual(
      Array.from({ length: 6 }, () => [200, 200]),
    );
    cli.process.kill('SIGTERM');
    const { code, stderr } = await cli.result;
    expect(code).toBe(0);
    expect(group.oomKills()).toBe(0);
    const line = stderr.split('\n').find((text) => text.includes('"msg":"sized"')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      cores,
      memoryMiB: 384,
      guestThreads: Math.min(cores, 2),
      cache: join(folder.path, 'cache'),
    });
  },
);

test('where the memory is not enough it ends, and says what is missing and what mends it', async ({
  skip,
}) => {
  const group = makeMemoryGroup(112 * MiB);
  if (typeof group === 'string') return skip(group);
  using _ = group;
  const { code, stderr } = await runCli(['--port', '0', '--models', usualModels()], behind(group.enter));
  expect(code).toBe(1);
  expect(stderr).toContain('There are 112 MiB of memory for the service');
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
    /^sandpiper: the service died five times before it was ready \(SIGKILL, .*\): where it lacks memory, give it more than the 112 MiB /,
  );
});

test(
  'it serves from a read-only root, as a user that has no name, without HOME, with a noexec /tmp, on IPv6, and says that it keeps no cache',
  { timeout: 120_000 },
  async ({ skip }) => {
    const confine = [
      'mount -o remount,bind,ro / && mount -t tmpfs -o noexec,mode=1777 tmpfs /tmp',
      'exec setpriv --reuid 54321 --regid 54321 --clear-groups --no-new-privs --bounding-set=-all "$@"',
    ].join(' && ');
    const command = ['unshare', '--mount', '/bin/sh', '-c', confine, 'sh'];
    const tried = spawnSync('unshare', [...command.slice(1), process.execPath, '-e', '0']);
    if (tried.status !== 0)
      return skip(`no such place can be made here: ${String(tried.stderr ?? tried.error)}`);
    const args = ['--models', usualModels(), '--host', '::1', '--cache-dir', '/nowhere/cache'];
    using cli = await startServing(args, behind(command));
    expect(cli.url).toMatch(/^http:\/\/\[::1\]:/);
    expect(await askBoth(cli.url)).toEqual([200, 200]);
    cli.process.kill('SIGTERM');
    const { code, stderr } = await cli.result;
    expect(code).toBe(0);
    expect(stderr).toContain('"cache":"none: /nowhere/cache cannot be made (--cache-dir names another)"');
  },
);

/** Statuses of a photo and a sound that were sent side by side. */
async function askBoth(url: string): Promise<number[]> {
  const ask = async (model: string) => {
    const { bytes } = await readSample(model);
    return (await fetch(`${url}/models/${model}`, { method: 'POST', body: bytes })).status;
  };
  return Promise.all([imageModel, speechModel].map(ask));
}
