/** A service whose process dies. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { entry, startCli, startServing } from '../support/cli.ts';
import { guestCache } from '../support/guest-cache.ts';
import { usualModels } from '../support/models.ts';
import { spinningModel } from '../support/onnx-models.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const args = ['serve', '--port', '0', '--models', usualModels(), '--json'];

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
    expect(stderr).toContain('the service died (SIGSEGV); restarting it in 500 ms.');
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
  await expect.poll(environment).toContain(`MALLOC_ARENA_MAX=${arenas}`);
});

test('a service that cannot start is not started again', { timeout: 30_000 }, async () => {
  using cli = startCli(['serve', '--models', 'no-such-directory']);
  const { code, stderr } = await cli.result;
  expect(code).toBe(1);
  expect(stderr).not.toContain('anew');
});

test.skipIf(process.platform !== 'linux')(
  'a service that dies five times before it is ready is not started for ever, and the last line says what may help',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder('sandpiper-abort-');
    const abort = join(folder.path, 'abort.cjs');
    await writeFile(abort, "if (process.argv.includes('--supervisor')) process.abort();");
    using cli = startCli([...args, '--guest-threads', '4'], { nodeOptions: ['--require', abort] });
    const { code, stderr } = await cli.result;
    expect(code).toBe(1);
    expect(stderr.match(/restarting it in \d+ ms/g)).toEqual(
      [500, 1_000, 2_000, 4_000].map((ms) => `restarting it in ${ms} ms`),
    );
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^sandpiper: the service died five times before it was ready \(SIGABRT\): .*--process-bytes \(\d+ MiB\) or lower --guest-threads \(4\)\.$/,
    );
  },
);

test.skipIf(process.platform !== 'linux')(
  'watching costs less than 5 MB, and many threads start under a small limit: what they only reserve does not count',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder('sandpiper-small-');
    await writeSpinning(folder.path);
    const threads = ['--guest-threads', '16'];
    using cli = await startServing(['--models', folder.path, ...threads, '--process-bytes', String(2 ** 28)]);
    expect((await fetch(`${cli.url}/v2/health/ready`)).status).toBe(200);
    const rollup = await readFile(`/proc/${cli.process.pid}/smaps_rollup`, 'utf8');
    expect(Number(/^Rss:\s+(\d+) kB$/m.exec(rollup)?.[1])).toBeLessThan(5_000);
  },
);

test('where it cannot become a shell, the service runs in the process that was started', async () => {
  await using folder = await temporaryFolder('sandpiper-plain-');
  await writeSpinning(folder.path);
  const without = join(folder.path, 'without.cjs');
  await writeFile(without, 'process.execve = undefined;');
  using cli = startCli(['--port', '0', '--models', folder.path, '--json'], {
    nodeOptions: ['--require', without],
  });
  const url = urlOf(await cli.line(/"url"/));
  expect((await fetch(`${url}/v2/health/ready`)).status).toBe(200);
  cli.process.kill('SIGTERM');
  expect(await cli.result).toMatchObject({ code: 0, signal: null });
});

describe.skipIf(process.platform !== 'linux')(
  'SIGTERM ends a service within its grace and some seconds',
  () => {
    // The bound of each test; what is stuck would last for years.
    const timeout = 40_000;

    test.each([
      ['a shell watches over', []],
      ['nobody watches over', ['--no-supervise']],
    ])('that %s, while a graph runs for ever', { timeout }, async (_, flags) => {
      await using folder = await temporaryFolder('sandpiper-stuck-');
      await writeSpinning(folder.path);
      using cli = await startServing(['--models', folder.path, '--grace-ms', '200', ...flags]);
      const asked = fetch(`${cli.url}/v2/models/spin/infer`, {
        method: 'POST',
        body: JSON.stringify({
          inputs: [{ name: 'iterations', shape: [], datatype: 'INT64', data: [2 ** 52] }],
        }),
      }).then(
        ({ status }) => status,
        () => 'no answer',
      );
      await expect
        .poll(async () => (await fetch(`${cli.url}/metrics`)).text())
        .toMatch(/^sandpiper_requests_running\{class="\w+"\} 1$/m);
      cli.process.kill('SIGTERM');
      expect(await cli.result).toMatchObject({ code: 0, signal: null });
      expect([503, 504, 'no answer']).toContain(await asked);
    });

    test.each([
      ['a shell watches over', []],
      ['nobody watches over', ['--no-supervise']],
    ])('that %s: a second signal cuts work in flight, and says so', { timeout }, async (_, flags) => {
      await using folder = await temporaryFolder('sandpiper-cut-');
      await writeSpinning(folder.path);
      using cli = await startServing(['--models', folder.path, ...flags]);
      const inputs = [{ name: 'iterations', shape: [], datatype: 'INT64', data: [2 ** 52] }];
      const asked = fetch(`${cli.url}/v2/models/spin/infer`, {
        method: 'POST',
        body: JSON.stringify({ inputs }),
      });
      const outcome = asked.then(
        () => 'answered',
        () => 'cut',
      );
      await expect
        .poll(async () => (await fetch(`${cli.url}/metrics`)).text())
        .toMatch(/^sandpiper_requests_running\{class="\w+"\} 1$/m);
      cli.process.kill('SIGINT');
      await expect.poll(async () => (await fetch(`${cli.url}/v2/health/ready`)).status).toBe(503);
      cli.process.kill('SIGINT');
      expect((await cli.result).stderr).toContain('sandpiper: a second signal: work in flight was cut.\n');
      expect(await outcome).toBe('cut');
    });

    test('that does nothing any more: it is killed', { timeout }, async () => {
      await using folder = await temporaryFolder('sandpiper-stuck-');
      await writeSpinning(folder.path);
      using cli = await startServing(['--models', folder.path, '--grace-ms', '200']);
      const [service = 0] = await childrenOf(cli.process.pid ?? 0);
      process.kill(service, 'SIGSTOP');
      cli.process.kill('SIGTERM');
      expect(await cli.result).toMatchObject({ code: null, signal: 'SIGKILL' });
      expect(isAlive(service)).toBe(false);
    });
  },
);

test.skipIf(process.platform !== 'linux')(
  'a service whose supervisor is gone ends by itself',
  { timeout: 30_000 },
  async () => {
    await using folder = await temporaryFolder('sandpiper-orphan-');
    await writeSpinning(folder.path);
    using cli = await startServing(['--models', folder.path, '--grace-ms', '200']);
    const [service = 0] = await childrenOf(cli.process.pid ?? 0);
    cli.process.kill('SIGKILL');
    await expect.poll(() => isAlive(service)).toBe(false);
  },
);

/** A bare graph that counts as far as it is told. */
async function writeSpinning(models: string): Promise<void> {
  await mkdir(join(models, 'spin', '1'), { recursive: true });
  await writeFile(join(models, 'spin', '1', 'model.onnx'), spinningModel());
}

function urlOf(line: string): string {
  return (JSON.parse(line) as { url: string }).url;
}

test.skipIf(process.platform !== 'linux')(
  'a service that npm started does not outlive it: SIGTERM to npm drains it',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder('sandpiper-npm-');
    const start = `"${process.execPath}" "${entry}" --port 0 --json --models "${usualModels()}"`;
    await writeFile(join(folder.path, 'package.json'), JSON.stringify({ scripts: { start } }));
    const npm = spawn('npm', ['start', '--silent'], {
      cwd: folder.path,
      env: { ...process.env, SANDPIPER_CACHE_DIR: guestCache },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    npm.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    npm.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await expect.poll(() => stdout).toContain('"url"');
    const url = urlOf(stdout.split('\n').find((line) => line.includes('"url"')) ?? '');
    npm.kill('SIGTERM');
    await expect
      .poll(
        async () =>
          fetch(url).then(
            () => 'up',
            () => 'gone',
          ),
        { timeout: 20_000 },
      )
      .toBe('gone');
    await expect.poll(() => stderr).toContain('"msg":"stopping"');
  },
);
