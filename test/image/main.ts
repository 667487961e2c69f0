/**
 * `npm run test:image`: builds the image from Debian's packages and runs it with crun or runc, read-only, in 384 MiB, without
 * capabilities, as uid 65532; and where qemu-user-static is, the one for arm64 as well. With `-- --built` those that were
 * built last. Without root, buildah, one of these or mmdebstrap it says so and is skipped.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { imageModel, speechModel } from '../support/models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { EMULATOR, testArm64 } from './arm64-image.ts';
import { ask, firstLine } from './ask-image.ts';
import { runtimeConfig, type ImageConfig } from './runtime-config.ts';

const MB = 1e6;
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
/** crun works on no machine that has both versions of control groups. */
const runtime = existsSync('/sys/fs/cgroup/unified') ? 'runc' : 'crun';
const reason = whyNot();
if (reason === undefined) await testImage();
else console.log(`skipped: ${reason}`);

function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it is for Linux on x64';
  if (process.geteuid?.() !== 0) return 'root is needed for control groups';
  const tool = ['buildah', runtime, 'mmdebstrap'].find((name) => spawnSync(name, ['--version']).status !== 0);
  return tool === undefined ? undefined : `there is no ${tool} here`;
}

async function testImage(): Promise<void> {
  await using folder = await temporaryFolder('sandpiper-image-');
  const emulated = spawnSync(EMULATOR, ['--version']).status === 0;
  if (!process.argv.includes('--built')) await build(folder.path, ['amd64', ...(emulated ? ['arm64'] : [])]);
  await withImage('amd64', async (rootfs, image) => testContainer(folder.path, rootfs, image));
  if (emulated) console.log(await withImage('arm64', testArm64));
  else console.log(`skipped: arm64, for there is no ${EMULATOR} here`);
}

/** Gives the files of an image, in a container that is removed afterwards. */
async function withImage<Shown>(
  architecture: string,
  use: (rootfs: string, image: ImageConfig) => Promise<Shown>,
): Promise<Shown> {
  const name = `sandpiper:${packageJson.version}-${architecture}`;
  const { stdout: container } = await run('buildah', ['from', '--pull-never', name]);
  try {
    const { stdout: rootfs } = await run('buildah', ['mount', container.trim()]);
    const { stdout: inspected } = await run('buildah', ['inspect', '--type', 'image', name]);
    const { Docker } = JSON.parse(inspected) as { Docker: { config: ImageConfig } };
    return await use(rootfs.trim(), Docker.config);
  } finally {
    await run('buildah', ['rm', container.trim()]);
  }
}

async function testContainer(folder: string, rootfs: string, image: ImageConfig): Promise<void> {
  const { stdout: size } = await run('du', ['--summarize', '--block-size=1', rootfs]);
  const megabytes = Number.parseInt(size, 10) / MB;
  assert.ok(megabytes <= 300, `${megabytes} MB`);
  assert.equal(image.User, '65532:65532');
  assert.ok(
    image.Healthcheck !== undefined && image.Labels['org.opencontainers.image.version'] !== undefined,
  );

  const bundle = join(folder, 'bundle');
  await mkdir(bundle);
  await writeFile(join(bundle, 'config.json'), JSON.stringify(runtimeConfig(rootfs, image)));
  const id = `sandpiper-test-${process.pid}`;
  const service = spawn(runtime, ['run', '--bundle', bundle, id], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  service.stderr.on('data', (text) => (log += String(text)));
  try {
    const ended = new Promise((resolve) => service.once('close', resolve));
    const { url } = await firstLine(service.stdout, () => log);
    assert.deepEqual(
      await Promise.all([imageModel, speechModel].map(async (model) => ask(url, model))),
      [200, 200],
    );
    const health = image.Healthcheck?.Test.slice(1) ?? [];
    await run(runtime, ['exec', '--env', `SANDPIPER_PORT=${new URL(url).port}`, id, ...health]);
    assert.match(log, /"memoryMiB":384,/);
    const late = ask(url, speechModel);
    await run(runtime, ['kill', id, 'TERM']);
    assert.ok([200, 503].includes(await late.catch(() => 503)));
    assert.equal(await ended, 0, log);
  } finally {
    await run(runtime, ['delete', '--force', id]).catch(() => undefined);
  }
  console.log(`passed: ${megabytes.toFixed(0)} MB, both samples in 384 MiB, read-only, healthy, drained`);
}

async function build(output: string, architectures: readonly string[]): Promise<void> {
  const built = spawn(join(root, 'deploy/image/build'), ['--output', output, ...architectures], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve) => built.once('close', resolve));
  assert.equal(code, 0, 'the image is built');
  const bom = JSON.parse(await readFile(join(output, 'sandpiper-amd64.cdx.json'), 'utf8')) as {
    components: { name: string }[];
  };
  const parts = bom.components.map(({ name }) => name);
  for (const part of ['libc6', 'node', 'onnxruntime-node']) assert.ok(parts.includes(part), part);
}
