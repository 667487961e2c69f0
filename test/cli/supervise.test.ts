/** What becomes of a service whose process dies. */
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { startCli } from '../support/cli.ts';
import { modelsDir } from '../support/models.ts';

const args = ['serve', '--port', '0', '--models', modelsDir, '--json'];

test.skipIf(process.platform !== 'linux')(
  'a service that dies is started anew, and SIGTERM still ends it with exit code 0',
  { timeout: 60_000 },
  async () => {
    using cli = startCli(args);
    const first = urlOf(await cli.line(/"url"/));
    const [victim] = await childrenOf(cli.process.pid ?? 0);
    process.kill(victim ?? 0, 'SIGSEGV');
    const second = urlOf(await cli.line(new RegExp(`"url"(?!.*${first})`)));
    const { status } = await fetch(`${second}/v2/health/ready`);
    expect(status).toBe(200);
    cli.process.kill('SIGTERM');
    const { code, stderr } = await cli.result;
    expect(code).toBe(0);
    expect(stderr).toContain('the service died (SIGSEGV); starting it anew in 500 ms.');
  },
);

test.skipIf(process.platform !== 'linux').each([
  ['one arena a core', {}, String(Math.max(2, availableParallelism()))],
  ['what the operator says', { MALLOC_ARENA_MAX: '7' }, '7'],
])("the service's allocator gets %s", { timeout: 30_000 }, async (_, env, arenas) => {
  using cli = startCli(args, { env });
  const environment = async (): Promise<string[]> => {
    const [service] = await childrenOf(cli.process.pid ?? 0);
    const text = await readFile(`/proc/${service}/environ`, 'utf8').catch(() => '');
    return text.split('\0');
  };
  await expect.poll(environment, { timeout: 20_000 }).toContain(`MALLOC_ARENA_MAX=${arenas}`);
});

test('a service that cannot start is not started again', { timeout: 30_000 }, async () => {
  using cli = startCli(['serve', '--models', 'no-such-directory']);
  const { code, stderr } = await cli.result;
  expect(code).toBe(1);
  expect(stderr).not.toContain('anew');
});

function urlOf(line: string): string {
  return (JSON.parse(line) as { url: string }).url;
}

/** Linux only. */
async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    tasks.map(async (task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return lists.join(' ').trim().split(/\s+/).map(Number);
}
