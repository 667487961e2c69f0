import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { buildGuest } from '../support/attack-guest.ts';
import { runCli, startCli } from '../support/cli.ts';
import { pictureTo } from '../support/colour-models.ts';
import { spinningModel } from '../support/onnx-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A project whose build only copies its one source. */
async function writeProject(project: string, source: Uint8Array): Promise<void> {
  const model = join(project, 'models', 'colours', '1');
  await mkdir(model, { recursive: true });
  const manifest = {
    task: 'image-classification',
    component: { file: 'component.wasm' },
    graphs: { spin: { file: 'spin.onnx' } },
    labels: { file: 'labels.txt' },
    sample: { file: 'sample.png', expect: 'red' },
    grants: { logging: true },
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
  // What a build generates is no change of the sources.
  const copy = `import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
    mkdirSync('types', { recursive: true });
    writeFileSync('types/world.d.ts', String(Date.now()));
    copyFileSync('source.bin', 'models/colours/1/component.wasm');`;
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ type: 'module', scripts: { build: 'node build.js' } }),
  );
  await writeFile(join(project, 'build.js'), copy);
  await writeFile(join(project, 'source.bin'), source);
  await writeFile(join(model, 'model.json'), JSON.stringify(manifest));
  await writeFile(join(model, 'spin.onnx'), spinningModel());
  await writeFile(join(model, 'labels.txt'), 'red\n');
  await writeFile(join(model, 'sample.png'), await pictureTo('answer'));
}

test(
  'a changed source is built and its model swapped; one that fails leaves the old one serving',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder('sandpiper-dev-');
    const guest = await buildGuest('by-colour');
    await writeProject(folder.path, guest);
    const source = join(folder.path, 'source.bin');
    using cli = startCli(['dev', folder.path, '--port', '0'], { env: { SANDPIPER_LOG_FORMAT: 'json' } });
    let stderr = '';
    cli.process.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [url = ''] = /http:\S+\d/.exec(await cli.line(/is ready on/)) ?? [];
    expect(stderr).toMatch(/^sandpiper: building …\nsandpiper: built in /);
    const ask = async (what: Parameters<typeof pictureTo>[0]) =>
      (await fetch(`${url}/models/colours`, { method: 'POST', body: new Uint8Array(await pictureTo(what)) }))
        .status;
    expect([await ask('log'), await ask('trap')]).toEqual([200, 502]);
    expect(stderr).toMatch(/"component":"colours@1","msg":"spin"/);
    expect(stderr).toMatch(/"stack":".*at classify \(wasm:.*"msg":"component trapped"/);

    await writeFile(source, 'no component');
    await expect.poll(() => stderr).toMatch(/"model":"colours".*"msg":"model not loaded"/);
    expect(await ask('answer')).toBe(200);

    await writeFile(join(folder.path, 'models', 'colours', '1', 'labels.txt'), 'Red\n');
    await writeFile(source, guest);
    await expect.poll(() => stderr).toMatch(/"replaced":\[1\],"msg":"model in service"/);
    expect(await ask('answer')).toBe(200);
    const body = new Uint8Array(await pictureTo('answer'));
    const answer = async () => (await fetch(`${url}/models/colours`, { method: 'POST', body })).json();
    await expect.poll(answer).toMatchObject([{ label: 'Red' }]);
    // The author's change is intended: its digest is written.
    expect(await readFile(join(folder.path, 'models', 'colours', '1', 'model.json'), 'utf8')).toContain(
      '"sha256"',
    );
    cli.process.kill('SIGTERM');
    expect(await cli.result).toMatchObject({ code: 0 });
    expect(stderr.match(/^sandpiper: building …$/gm)).toHaveLength(3);
  },
);

test(
  'what cannot be served yet is said, and tried again at the next change',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder('sandpiper-dev-');
    await writeProject(folder.path, Buffer.from('no component'));
    using cli = startCli(['dev', folder.path, '--port', '0']);
    let stderr = '';
    cli.process.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await expect.poll(() => stderr).toContain('Waiting for a change.');
    await writeFile(join(folder.path, 'source.bin'), await buildGuest('by-colour'));
    await cli.line(/is ready on/);
  },
);

test('a folder without models is no project', async () => {
  await using folder = await temporaryFolder('sandpiper-dev-');
  expect(await runCli(['dev', folder.path])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no folder models'),
  });
});

test('npm run dev of the service itself starts anew for a source that a thread alone has loaded', async () => {
  await using folder = await temporaryFolder('sandpiper-dev-');
  const [, command = ''] = packageJson.scripts.dev.split(' && ');
  const [node, ...options] = command.split(' ');
  expect([node, options.slice(1)]).toEqual(['node', ['src/cli/sandpiper.js', 'serve', '--no-supervise']]);
  await mkdir(join(folder.path, 'src/cli'), { recursive: true });
  const script = "new (require('node:worker_threads').Worker)('./src/thread.js', { env: {} });";
  await writeFile(join(folder.path, 'src/cli/sandpiper.js'), script);
  const thread = join(folder.path, 'src/thread.js');
  await writeFile(thread, "console.log('first');");
  using service = startCli([], {
    nodeOptions: options.slice(0, 1),
    script: options[1] ?? '',
    cwd: folder.path,
  });
  await service.line(/^first$/);
  await writeFile(thread, "console.log('second');");
  await service.line(/^second$/);
});
