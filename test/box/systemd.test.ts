/** The unit for systemd: what systemd itself says of it, and the message for which it waits. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { copyModels, imageModel } from '../support/models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const unit = join(root, 'deploy/systemd/sandpiper.service');
const example = join(root, 'deploy/systemd/sandpiper.service.d/keys.conf');

/** Prints what comes, one datagram a line, until one says that the service is ready. */
const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening', flush=True)
while True:
    said = s.recv(65536).decode()
    print(said, flush=True)
    if 'READY=1' in said: break
`;

async function missing(command: string): Promise<string | undefined> {
  return run(command, ['--version']).then(
    () => undefined,
    () => `there is no ${command} here`,
  );
}

test.for([
  ['as it is', false],
  ['with keys', true],
] as const)('the unit %s is a valid one, and its exposure at most 2.0', async ([, keys], { skip }) => {
  const without = await missing('systemd-analyze');
  if (without !== undefined) return skip(without);
  await using folder = await temporaryFolder('sandpiper-unit-');
  const copy = join(folder.path, 'sandpiper.service');
  // It names a Node that need not be installed here.
  await writeFile(copy, (await readFile(unit, 'utf8')).replace('/usr/bin/node', process.execPath));
  if (keys) {
    await mkdir(`${copy}.d`);
    await copyFile(example, join(`${copy}.d`, 'keys.conf'));
  }
  const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', copy]);
  expect(`${stdout}${stderr}`).toBe('');
  await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', copy]);
});

test('systemd hears that it is ready, and only after each model has answered its sample', async ({
  skip,
}) => {
  const without = (await missing('systemd-notify')) ?? (await missing('python3'));
  if (without !== undefined) return skip(without);
  await using folder = await temporaryFolder('sandpiper-notify-');
  await using models = await copyModels([imageModel]);
  const socket = join(folder.path, 'notify');
  const listener = spawn('python3', ['-c', LISTEN, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(listener.stdout, 'data');
    const said = text(listener.stdout);
    const path = process.env['PATH'] ?? '';
    using cli = startCli(['--no-supervise', '--port', '0', '--json', '--models', models.path], {
      env: { NOTIFY_SOCKET: socket, PATH: path },
    });
    let ready = false;
    const order = said.then(() => ready);
    await cli.line(/"event":"ready"/).then(() => (ready = true));
    expect(await order).toBe(true);
    expect(await said).toContain('READY=1');
  } finally {
    listener.kill();
  }
});

test('where there is no systemd-notify it says so, and serves', async () => {
  await using models = await copyModels([imageModel]);
  using cli = startCli(['--no-supervise', '--port', '0', '--json', '--models', models.path], {
    env: { NOTIFY_SOCKET: '/nowhere/notify', PATH: '/nowhere' },
  });
  const { url } = JSON.parse(await cli.line(/"event":"ready"/)) as { url: string };
  expect((await fetch(`${url}/v2/health/ready`)).status).toBe(200);
  cli.process.kill('SIGTERM');
  expect((await cli.result).stderr).toContain('systemd-notify --ready failed');
});

test('the journal is told the level of each line', async () => {
  const journal = 'JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$@"';
  const { stderr } = await runCli(['--no-supervise', '--port', '0', '--models', 'no-such-directory'], {
    node: '/bin/sh',
    nodeOptions: ['-c', journal, 'sh', process.execPath],
  });
  expect(stderr).toMatch(/^<6>\{"level":"info",.*"msg":"sized"\}$/m);
  const plain = await runCli(['--no-supervise', '--port', '0', '--models', 'no-such-directory'], {
    env: { JOURNAL_STREAM: '1:1' },
  });
  expect(plain.stderr).toMatch(/^\{"level":"info",.*"msg":"sized"\}$/m);
});
