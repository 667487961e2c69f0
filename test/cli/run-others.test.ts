/** `sandpiper run` with guests that were written for other hosts: other encodings, other worlds. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCommands } from '../support/commands.ts';
import { guestCache } from '../support/guest-cache.ts';
import { identityModel } from '../support/onnx-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const commands = startCommands();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-run-others-');
});
afterAll(async () => {
  commands[Symbol.dispose]();
  await folder[Symbol.asyncDispose]();
});

const run = async (args: readonly string[]) =>
  commands.run(['run', ...args], { cwd: folder.path, env: { SANDPIPER_CACHE_DIR: guestCache } });

/** A command that loads these bytes as a graph in an encoding, by its number, and ends with the errno. */
async function loader(graph: Uint8Array, encoding: number): Promise<string> {
  const data = [...graph].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  const text = `(module
    (import "wasi_ephemeral_nn" "load" (func $load (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2)
    (data (i32.const 1024) "${data}")
    (func (export "_start")
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const ${graph.byteLength}))
      (call $exit
        (call $load (i32.const 0) (i32.const 1) (i32.const ${encoding}) (i32.const 0) (i32.const 8)))))`;
  const path = join(folder.path, `load-${encoding}-${graph.byteLength}.wasm`);
  await writeFile(path, await parse(text));
  return path;
}

describe('A guest that says its graph is', () => {
  const model = identityModel('FLOAT', [1]);

  test.each([
    ['PyTorch', 3, 'pytorch'],
    ['TensorFlow Lite', 4, 'tensorflowlite'],
    ['one of WasmEdge’s own, Whisper', 8, '8'],
  ])('%s is given its ONNX, and --verbose says so', async (_, encoding, name) => {
    const path = await loader(model, encoding);
    expect(await run(['--nn-allow-load', path])).toMatchObject({ code: 0, stderr: '' });
    const { stderr } = await run(['--nn-allow-load', '--verbose', path]);
    expect(stderr).toBe(
      `sandpiper: wasi:nn: A graph was taken as the ONNX that it is, though its encoding is said to be ${name}.\n`,
    );
  });

  test('PyTorch, and is right, gets a number that the oldest bindings know, and --verbose says why', async () => {
    const path = await loader(new TextEncoder().encode('PK\x03\x04 archive/data.pkl'), 3);
    const { code, stderr } = await run(['--nn-allow-load', '--verbose', path]);
    expect([code, stderr]).toEqual([
      1,
      'sandpiper: wasi:nn: Graphs in pytorch are not supported; give ONNX, as one builder.\n',
    ]);
  });
});

test('A component that answers HTTP requests is told what it can do here', async () => {
  const witSource = `package wasi:http@0.2.0;
    interface types { resource incoming-request; resource response-outparam; }
    interface incoming-handler {
      use types.{incoming-request, response-outparam};
      handle: func(request: incoming-request, response-out: response-outparam);
    }
    world proxy { export incoming-handler; }`;
  const binary = await parse(
    '(module (func (export "wasi:http/incoming-handler@0.2.0#handle") (param i32 i32)))',
  );
  const embedded = await componentEmbed({ binary, witSource, world: 'proxy', stringEncoding: 'utf8' });
  const path = join(folder.path, 'proxy.wasm');
  await writeFile(path, await componentNew(embedded));
  const { code, stderr } = await run([path]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^sandpiper: Cannot run proxy\.wasm: it answers HTTP requests .*`sandpiper new` begins one.*wasi:cli\/run@0\.2.*\n$/,
  );
});
