/** A graph that asks for more memory than the service may have. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { startServing } from '../support/cli.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const GiB = 2 ** 30;

test.skipIf(process.platform !== 'linux')(
  'an allocation over processBytes fails the one request, the same model answers the next, and unloading it gives its memory back',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder('sandpiper-memory-');
    await writeModel(join(folder.path, 'glutton', '1'));
    const args = ['--models', folder.path, '--cache-dir', join(folder.path, '.cache')];
    using cli = await startServing([...args, '--process-bytes', String(2 * GiB)]);
    const ask = async (red: number) =>
      fetch(`${cli.url}/models/glutton`, { method: 'POST', body: new Uint8Array(await picture(red)) });
    expect((await ask(0)).status).toBe(200);
    // 17 GB, of which the run would touch every page.
    expect((await ask(255)).status).toBe(502);
    expect((await ask(0)).status).toBe(200);
    // Half a GB, which it may have, and keeps for its next run.
    expect((await ask(8)).status).toBe(200);
    const unloaded = await fetch(`${cli.url}/v2/repository/models/glutton/unload`, { method: 'POST' });
    expect(unloaded.status).toBe(200);
    await expect.poll(async () => returnedBy(cli.process.pid)).toBeGreaterThan(0.4 * GiB);
    cli.process.kill('SIGTERM');
    const { code, stderr } = await cli.result;
    expect(code).toBe(0);
    expect(stderr).toMatch(/"code":"too-large".*"inference failed"/);
    expect(stderr).not.toContain('anew');
  },
);

/** Bytes that the service, a supervisor's only child, had at its peak and has no longer. */
async function returnedBy(supervisor = 0): Promise<number> {
  const child = await readFile(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8');
  const status = await readFile(`/proc/${child.trim()}/status`, 'utf8');
  const bytes = (key: string) => Number(new RegExp(`${key}:\\s*(\\d+) kB`).exec(status)?.[1]) * 1024;
  return bytes('VmHWM') - bytes('VmRSS');
}

async function picture(red: number): Promise<Buffer> {
  const background = { r: red, g: 0, b: 0 };
  return sharp({ create: { width: 4, height: 4, channels: 3, background } })
    .png()
    .toBuffer();
}

/** `logits` = [1, 0], for which it makes as many zeros as the brightest pixel times 2^24. */
function glutton(): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'input', type: 'FLOAT', dims: [1, 3, 4, 4] }],
    outputs: [{ name: 'logits', type: 'FLOAT', dims: [1, 2] }],
    nodes: [
      { op: 'ReduceMax', inputs: ['input'], outputs: ['brightest'], attributes: { keepdims: { int: 0 } } },
      { op: 'Mul', inputs: ['brightest', 'factor'], outputs: ['wanted'] },
      { op: 'Cast', inputs: ['wanted'], outputs: ['count'], attributes: { to: { int: 7 } } },
      { op: 'Reshape', inputs: ['count', 'one'], outputs: ['shape'] },
      { op: 'ConstantOfShape', inputs: ['shape'], outputs: ['zeros'] },
      { op: 'ReduceSum', inputs: ['zeros'], outputs: ['zero'], attributes: { keepdims: { int: 0 } } },
      { op: 'Add', inputs: ['answer', 'zero'], outputs: ['logits'] },
    ],
    initializers: [
      { name: 'factor', type: 'FLOAT', dims: [], data: Float32Array.of(2 ** 24) },
      { name: 'one', type: 'INT64', dims: [1], data: BigInt64Array.of(1n) },
      { name: 'answer', type: 'FLOAT', dims: [1, 2], data: Float32Array.of(1, 0) },
    ],
  });
}

async function writeModel(folder: string): Promise<void> {
  const files = {
    'model.onnx': glutton(),
    'labels.txt': Buffer.from('first\nsecond\n'),
    'sample.png': await picture(0),
  };
  const named = (file: keyof typeof files) => ({
    file,
    sha256: createHash('sha256').update(files[file]).digest('hex'),
  });
  const manifest = {
    task: 'image-classification',
    component: { builtin: 'image-classifier' },
    graphs: { model: named('model.onnx') },
    labels: named('labels.txt'),
    config: { width: '4' },
    grants: { logging: true },
    sample: { ...named('sample.png'), expect: 'first' },
    licence: 'Apache-2.0',
    source: 'made by a test',
  };
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}
