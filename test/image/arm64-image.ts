/**
 * The image for arm64 on a machine that is none: every program and library in it is for arm64, and both models answer
 * under Debian's qemu-user-static. The emulated processor is that of many servers: with the one that has everything, which
 * qemu 7.2 emulates unless told, the transcript is a wrong one.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyModels, imageModel, speechModel } from '../support/models.ts';
import { ask, firstLine } from './ask-image.ts';
import type { ImageConfig } from './runtime-config.ts';

export const EMULATOR = 'qemu-aarch64-static';

/** Of an ELF file: its first bytes, and the number of its machine at this offset. */
const ELF = '\x7fELF';
const MACHINE_OFFSET = 18;
const ARM64 = 183;

/** ONNX Runtime reads it, and ends the process where it is another processor's. */
const CPUINFO = [0, 1]
  .map(
    (processor) => `processor\t: ${processor}
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1

`,
  )
  .join('');

/** @param rootfs of a container, which is written to @returns what was shown */
export async function testArm64(rootfs: string, image: ImageConfig): Promise<string> {
  const files = await elfFiles(rootfs);
  const others = files.filter(({ machine }) => machine !== ARM64).map(({ path }) => path);
  assert.deepEqual(others, []);
  assert.ok(files.some(({ path }) => path.endsWith('/node')) && files.length > 5, 'there are ELF files');

  // Emulated, everything takes many times as long.
  await using models = await copyModels([imageModel, speechModel], (manifest) => {
    manifest.limits = { ...manifest.limits, startMs: 120_000, deadlineMs: 600_000 };
  });
  await writeFile(join(rootfs, 'proc/cpuinfo'), CPUINFO);
  const inside = (text: string): string => text.replaceAll('/opt/sandpiper', join(rootfs, 'opt/sandpiper'));
  const [program = '', ...args] = image.Entrypoint;
  const emulated = ['-L', rootfs, '-cpu', 'neoverse-n1', join(rootfs, 'opt/sandpiper/bin', program)];
  const patient = [
    '--picture-decode-ms',
    '120000',
    '--sound-decode-ms',
    '600000',
    '--sound-stall-ms',
    '120000',
  ];
  const settings = ['--port', '0', '--host', '127.0.0.1', '--json', ...patient];
  const service = spawn(
    EMULATOR,
    [...emulated, ...args, ...image.Cmd, ...settings, '--models', models.path],
    {
      cwd: inside(image.WorkingDir),
      env: {
        ...Object.fromEntries(image.Env.map((line) => inside(line).split('=', 2) as [string, string])),
        PATH: process.env['PATH'],
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  service.stderr.on('data', (text) => (log += String(text)));
  const ended = new Promise((resolve) => service.once('close', resolve));
  try {
    const { url } = await firstLine(service.stdout, () => log);
    for (const model of [imageModel, speechModel]) assert.equal(await ask(url, model), 200, log);
    service.kill('SIGTERM');
    assert.equal(await ended, 0, log);
  } finally {
    service.kill('SIGKILL');
  }
  return `passed: arm64, ${files.length} ELF files of arm64, both samples under ${EMULATOR}, drained`;
}

async function elfFiles(folder: string): Promise<{ path: string; machine: number }[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const found: { path: string; machine: number }[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await using file = await open(path);
    const head = Buffer.alloc(MACHINE_OFFSET + 2);
    await file.read(head, 0, head.length, 0);
    if (head.toString('latin1', 0, ELF.length) === ELF)
      found.push({ path, machine: head.readUInt16LE(MACHINE_OFFSET) });
  }
  return found;
}
