/**
 * `npm run test:systemd`: the unit, run by this machine's systemd, which is booted in namespaces of its own. Without root,
 * systemd or what boots it, it says so and is skipped.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { imageModel, modelsDir, readSample, speechModel } from '../support/models.ts';
import { Booted } from './booted.ts';

const root = join(import.meta.dirname, '../..');
const UNIT = 'sandpiper.service';
const KEY = 'the-key-of-a-test';

const reason = whyNot();
if (reason === undefined) await testUnit();
else console.log(`skipped: ${reason}`);

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'it is for Linux';
  if (process.geteuid?.() !== 0) return 'root is needed for namespaces and control groups';
  const tools = ['/usr/lib/systemd/systemd', 'systemctl', 'unshare', 'nsenter'];
  const tool = tools.find((name) => spawnSync(name, ['--version']).status !== 0);
  return tool === undefined ? undefined : `there is no ${tool} here`;
}

async function testUnit(): Promise<void> {
  const port = await freePort();
  await using booted = await Booted.start(root, async (etc) => {
    const system = join(etc, 'systemd/system');
    await cp(join(root, 'deploy/systemd'), system, { recursive: true });
    for (const model of [imageModel, speechModel])
      await cp(join(modelsDir, model), join(etc, 'models', model), { recursive: true });
    await mkdir(join(etc, 'sandpiper'));
    await writeFile(join(etc, 'sandpiper/environment'), `SANDPIPER_PORT=${port}\n`);
    const keys = JSON.stringify([{ name: 'test', key: KEY }]);
    await writeFile(join(etc, 'sandpiper/keys.json'), keys, { mode: 0o600 });
    const least = '[Service]\nEnvironment=SANDPIPER_MODELS=/etc/models\nMemoryMax=384M\n';
    await writeFile(join(system, `${UNIT}.d/least.conf`), least);
  });
  const url = `http://127.0.0.1:${port}`;

  await booted.run('systemctl', 'start', UNIT).catch(async (error: unknown) => {
    throw new Error(await booted.run('journalctl', '--no-pager', '--lines=40'), { cause: error });
  });
  assert.equal((await fetch(`${url}/v2/health/ready`)).status, 200, 'started is ready');
  assert.equal(await ask(url, imageModel, 'none'), 401, 'a key is asked for');
  assert.deepEqual(await Promise.all([ask(url, imageModel), ask(url, speechModel)]), [200, 200]);
  const pid = await booted.show(UNIT, 'MainPID');
  const user = await booted.run('stat', '--format=%u', `/proc/${pid}`);
  assert.ok(Number(user) > 60_000, `user ${user}`);
  const exposure = await booted.run('systemd-analyze', 'security', '--threshold=20', '--no-pager', UNIT);
  assert.match(exposure, /exposure level for sandpiper.service/i);
  const journal = await booted.run('journalctl', '--unit', UNIT, '--output=json', '--no-pager');
  const lines = journal.split('\n').map((line) => JSON.parse(line) as Record<string, string>);
  const sized = lines.find(({ MESSAGE }) => MESSAGE?.includes('"msg":"sized"'));
  assert.match(sized?.['MESSAGE'] ?? '', /"memoryMiB":384,/);
  assert.equal(sized?.['PRIORITY'], '6');

  await booted.run('systemctl', 'kill', '--signal=SIGKILL', UNIT);
  while ((await booted.show(UNIT, 'NRestarts')) === '0') await setTimeout(50);
  await booted.run('systemctl', 'start', UNIT);
  assert.equal(await ask(url, imageModel), 200, 'it was killed and is started again');

  const answered = new AbortController();
  const late = ask(url, speechModel).finally(() => answered.abort());
  // Once it has a slot, the stop finds it at work.
  const slot = 'sandpiper_requests_running{class="sound"} 1\n';
  while (!answered.signal.aborted && !(await metrics(url)).includes(slot)) await setTimeout(5);
  await booted.run('systemctl', 'stop', UNIT);
  assert.equal(await late, 200, 'what was asked before the stop is answered');
  assert.equal(await booted.show(UNIT, 'Result'), 'success');

  const nothing = '[Service]\\nEnvironment=SANDPIPER_MODELS=/nowhere\\n';
  const folder = `/run/systemd/system/${UNIT}.d`;
  await booted.run('sh', '-c', `mkdir -p ${folder} && printf '${nothing}' > ${folder}/nothing.conf`);
  await booted.run('systemctl', 'daemon-reload');
  await assert.rejects(booted.run('systemctl', 'start', UNIT), 'without models it cannot start');
  while ((await booted.show(UNIT, 'ActiveState')) !== 'failed') await setTimeout(100);
  assert.match(
    await booted.run('journalctl', '--unit', UNIT, '--lines=3'),
    /Start request repeated too quickly/,
  );

  console.log(`passed: ready, keys, 384 MiB, user ${user}, journal, restart, stop, and an end to trying`);
}

async function ask(url: string, model: string, key = KEY): Promise<number> {
  const { bytes } = await readSample(model);
  const headers = { authorization: `Bearer ${key}` };
  return (await fetch(`${url}/models/${model}`, { method: 'POST', body: bytes, headers })).status;
}

async function metrics(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${KEY}` };
  return (await fetch(`${url}/metrics`, { headers })).text();
}
