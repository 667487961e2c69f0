import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startServing, type CliResult } from '../support/cli.ts';
import { descendantsOf, isAlive } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  processesOf,
  removeLateModels,
  STUCK,
  writeStuckModels,
  type StuckModels,
  type StuckService,
} from './stuck-work.ts';

// Signals to a service that is stuck: it ends within its grace and some seconds, and with it every process that it started.

const linux = process.platform === 'linux';

let models: StuckModels;
let home: Awaited<ReturnType<typeof temporaryFolder>>;
let service: StuckService | undefined;
beforeAll(async () => {
  models = await writeStuckModels();
  home = await temporaryFolder('sandpiper-stuck-');
});
afterAll(async () => {
  await models[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});
afterEach(async () => {
  service?.[Symbol.dispose]();
  await removeLateModels(models);
});

async function start(flags: readonly string[]): Promise<StuckService> {
  const some = [
    '--grace-ms',
    '200',
    '--graph-load-ms',
    '60s',
    '--log-level',
    'silent',
    '--cache-dir',
    home.path,
  ];
  service = { ...(await startServing(['--models', models.path, ...some, ...flags])), models };
  return service;
}

/** All of it is asked for; what has to wait for a thread waits. */
async function getStuckInAll(stuck: StuckService): Promise<void> {
  const { 'graphs inside one operator': first, ...others } = STUCK;
  await first?.(stuck);
  void Promise.allSettled(Object.values(others).map(async (getStuck) => getStuck(stuck)));
  await expect.poll(async () => processesOf(stuck)).toMatch(/picture-process/);
}

/** Sends the signals and tells how the process ended, when all that it started has ended, too. */
async function end(
  { process: started, result }: StuckService,
  ...signals: NodeJS.Signals[]
): Promise<CliResult> {
  const descendants = await descendantsOf(started.pid ?? 0);
  for (const signal of signals) started.kill(signal);
  const ended = await result;
  await expect.poll(() => descendants.filter(isAlive)).toEqual([]);
  return ended;
}

describe.runIf(linux).each([
  ['under a shell that watches over it', []],
  ['under nobody', ['--no-supervise']],
])('A service %s ends', { timeout: 120_000 }, (_, flags) => {
  test.each(Object.entries(STUCK))('with %s', async (_what, getStuck) => {
    const stuck = await start(flags);
    await getStuck(stuck);
    expect(await end(stuck, 'SIGTERM')).toMatchObject({ code: 0, signal: null });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('with all of that at once, at %s', async (signal) => {
    const stuck = await start(flags);
    await getStuckInAll(stuck);
    const ended = await end(stuck, signal);
    // Where no core is left for its main thread, the shell may have to kill it.
    expect(ended.signal === 'SIGKILL' && flags.length === 0 ? 0 : ended.code).toBe(0);
  });

  test('with all of that at once, at a second signal', async () => {
    const stuck = await start([...flags, '--grace-ms', '100s']);
    await getStuckInAll(stuck);
    stuck.process.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${stuck.url}/v2/health/ready`)).status).toBe(503);
    expect(await end(stuck, 'SIGTERM')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
});

test.runIf(linux)(
  'A service that is lost ends in seconds, however long its grace',
  async () => {
    const lasting = ['--grace-ms', '300s', '--guest-threads', '1', '--stuck-run-ms', '100'];
    const stuck = await start(['--no-supervise', ...lasting]);
    await STUCK['graphs inside one operator']?.(stuck);
    expect(await stuck.result).toMatchObject({ code: 70, signal: null });
  },
  60_000,
);
