import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Ends of a process in the middle of a run: ONNX Runtime aborts a process whose thread is terminated in one. */

const support = join(import.meta.dirname, '..', 'support');

/** Runs `source` in a process of its own, after a run of about half a second has begun on engine 0. */
async function inTheMiddleOfARun(source: string): Promise<{ stdout: string; stderr: string }> {
  const program = `
    import { inputFrom, linkTo, loadInto, startEngines } from ${JSON.stringify(join(support, 'guest-link.ts'))};
    import { i64 } from ${JSON.stringify(join(support, 'guest-values.ts'))};
    import { spinningModel } from ${JSON.stringify(join(support, 'onnx-models.ts'))};
    const pool = startEngines(2);
    await loadInto(pool, 'spin', spinningModel());
    const { board, connection: { ports: [port] } } = linkTo(pool.connect());
    const answered = new Promise((resolve) => port.once('message', resolve));
    while (board.loadOf(0) > 0) await new Promise(setImmediate); // the load that was just told
    const inputs = [inputFrom('iterations', i64([500_000]))];
    port.postMessage({ kind: 'compute', graph: 'spin', wide: false, inputs, outputBytes: 100, call: 1, request: 1, dropped: [] });
    while (board.loadOf(0) === 0) await new Promise(setImmediate);
    ${source}`;
  const folder = await mkdtemp(join(tmpdir(), 'sandpiper-close-'));
  try {
    const file = join(folder, 'program.mjs');
    await writeFile(file, program);
    return await promisify(execFile)(process.execPath, [file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('close lets the run finish and its answer go out, and the process ends by itself', async () => {
  const { stdout, stderr } = await inTheMiddleOfARun(`
    console.log('busy', board.loadOf(0));
    await pool.close();
    console.log('closed', (await answered).kind);
    port.close();`);
  expect(stdout).toBe('busy 1\nclosed outputs\n');
  expect(stderr).toBe('');
});

test('a guest that is gone does not keep its run from finishing, nor the engine from closing', async () => {
  const { stdout, stderr } = await inTheMiddleOfARun(`
    port.close();
    await pool.close();
    console.log('closed');`);
  expect(stdout).toBe('closed\n');
  expect(stderr).toBe('');
});
