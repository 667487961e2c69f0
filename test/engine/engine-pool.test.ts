import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { EnginePool } from '../../src/engine/engine-pool.ts';
import {
  beside,
  computeOn,
  inMs,
  inputFrom,
  linkTo,
  loadInto,
  shared,
  startEngines,
} from '../support/guest-link.ts';
import { f32, i64, u8 } from '../support/guest-values.ts';
import {
  allocatingModel,
  externalDataModel,
  identityModel,
  spinningModel,
  unknownOperatorModel,
} from '../support/onnx-models.ts';
import { onnxModel } from '../support/onnx-builder.ts';

const pool = startEngines(2);
afterAll(async () => pool.close());

test('load tells what the graph takes and gives', async () => {
  const model = onnxModel({
    metadata: { author: 'nobody' },
    inputs: [
      { name: 'x', type: 'BFLOAT16', dims: ['batch', 3, null] },
      { name: 'mask', type: 'BOOL' },
      { name: 'scale', type: 'FLOAT', dims: [] },
    ],
    outputs: [{ name: 'y', type: 'BFLOAT16' }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    initializers: [{ name: 'scale', type: 'FLOAT', dims: [], data: Float32Array.of(1) }],
  });
  expect(await pool.load('facts', shared(model), true)).toEqual({
    key: 'facts',
    wide: true,
    holders: expect.any(SharedArrayBuffer) as SharedArrayBuffer,
    facts: {
      metadata: { author: 'nobody' },
      inputs: [
        { name: 'x', type: 'BF16', elementType: 'BFLOAT16', dimensions: ['batch', 3, null] },
        { name: 'mask', type: 'U8', elementType: 'BOOL', dimensions: undefined },
        { name: 'scale', type: 'FP32', elementType: 'FLOAT', dimensions: [], optional: true },
      ],
      outputs: [{ name: 'y', type: 'BF16', elementType: 'BFLOAT16', dimensions: undefined }],
    },
  });
});

test.each([
  ['invalid-encoding', 'no model', new Uint8Array([1, 2, 3]), ''],
  ['invalid-encoding', 'an empty file', new Uint8Array(), 'The file is empty.'],
  ['security', 'data in another file', externalDataModel('weights.bin'), '"weights.bin"'],
  ['unsupported-operation', 'an unknown operator', unknownOperatorModel(), 'NoSuchOperator'],
  ['unsupported-operation', 'INT16', identityModel('INT16', [1]), 'Input "x" is INT16'],
  [
    'unsupported-operation',
    'an output that is called as JavaScript calls a prototype',
    onnxModel({
      inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
      outputs: [{ name: '__proto__', type: 'FLOAT', dims: [1] }],
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['__proto__'] }],
    }),
    'An output called "__proto__" cannot be given.',
  ],
])('load is refused with %s for %s, and its key is free again', async (code, what, bytes, message) => {
  const refused = pool.load(what, shared(bytes), false);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  await loadInto(pool, what, identityModel('UINT8', ['n']));
  const { link, connection } = linkTo(pool.connect());
  link.begin(1, inMs(30_000));
  expect(computeOn(link, what, [inputFrom('x', u8([1]))]).outputs).toHaveLength(1);
  await closed(connection.ports);
});

test('every engine thread holds a graph once it is spread, and none one that was unloaded', async () => {
  await loadInto(pool, 'everywhere', identityModel('UINT8', ['n']));
  const { link, connection } = linkTo(pool.connect());
  link.begin(1, inMs(30_000));
  const computeAt = (engine: number) =>
    link.compute(engine, {
      graph: 'everywhere',
      wide: false,
      inputs: [inputFrom('x', u8([1]))],
      outputBytes: 10,
    });
  for (const engine of [0, 1]) expect(computeAt(engine).outputs).toMatchObject([{ name: 'y' }]);
  pool.unload('everywhere');
  for (const engine of [0, 1]) expect(() => computeAt(engine)).toThrow('no longer loaded');
  await closed(connection.ports);
});

test('a wide graph gives the same answer by all cores as by one', async () => {
  const { holders } = await pool.load('wide', shared(identityModel('FLOAT', ['n'])), true);
  expect(new Int32Array(holders).toSorted()).toEqual(Int32Array.of(0, 1));
  await pool.spread();
  expect(new Int32Array(holders)).toEqual(Int32Array.of(1, 1));
  const { link, connection } = linkTo(pool.connect());
  link.begin(1, inMs(30_000));
  for (const [engine, wide] of [
    [0, true],
    [0, false],
    [1, true],
  ] as const) {
    const inputs = [inputFrom('x', f32([1, 2]))];
    const [y] = link.compute(engine, { graph: 'wide', wide, inputs, outputBytes: 100 }).outputs;
    expect(link.read(engine, y?.handle ?? -1)).toEqual(new Uint8Array(Float32Array.of(1, 2).buffer));
  }
  await closed(connection.ports);
});

test('a guest thread that is terminated in the middle of its compute leaves the engine at work', async () => {
  await loadInto(pool, 'spin', spinningModel());
  const {
    ports: [port],
    board,
  } = pool.connect();
  const input = inputFrom('iterations', i64([500_000]));
  const guest = await beside(
    `until(() => Atomics.load(new Int32Array(board), 0) === 0); // the load that was just told
     port.postMessage({ kind: 'compute', graph: 'spin', wide: false, inputs: [input], outputBytes: 100, call: 1, request: 1, dropped: [] });
     until(() => Atomics.load(new Int32Array(board), 0) !== 0);
     parentPort.postMessage('running');
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
    { port, board, input },
  );
  await new Promise((resolve) => guest.once('message', resolve));
  await guest.terminate();
  pool.guestGone(0);
  // Its run is not over, whoever asked for it.
  expect(new Int32Array(board)[0]).not.toBe(0);
  const { link, connection } = linkTo(pool.connect());
  link.begin(1, inMs(30_000));
  const [y] = computeOn(link, 'spin', [inputFrom('iterations', i64([3]))]).outputs;
  expect(link.read(0, y?.handle ?? -1)).toEqual(new Uint8Array(BigInt64Array.of(3n).buffer));
  await closed(connection.ports);
});

test('a guest thread whose ports close leaves nothing behind', async () => {
  await loadInto(pool, 'zeros', allocatingModel());
  const MiB = 2 ** 20;
  const before = process.memoryUsage().rss;
  for (let guest = 0; guest < 40; guest++) {
    const { link, connection } = linkTo(pool.connect());
    link.begin(1, inMs(30_000));
    computeOn(link, 'zeros', [inputFrom('shape', i64([16 * MiB]))]);
    await closed(connection.ports);
  }
  // 40 outputs of 64 MiB are 2.5 GiB.
  expect((process.memoryUsage().rss - before) / MiB).toBeLessThan(1_000);
});

test('tensors that a guest drops are freed while its request goes on', async () => {
  await loadInto(pool, 'zeros too', allocatingModel());
  const { link, connection } = linkTo(pool.connect());
  link.begin(1, inMs(30_000));
  const MiB = 2 ** 20;
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 40; i++) {
    const [y] = computeOn(link, 'zeros too', [inputFrom('shape', i64([16 * MiB]))]).outputs;
    link.drop(0, y?.handle ?? -1);
  }
  expect((process.memoryUsage().rss - before) / MiB).toBeLessThan(1_000);
  await closed(connection.ports);
});

async function closed(ports: readonly MessagePort[]): Promise<void> {
  const events = ports.map(async (port) => once(port, 'close'));
  for (const port of ports) port.close();
  await Promise.all(events);
}

test('a pool that is closed refuses to load, and may be closed again', async () => {
  const own = startEngines(1);
  await Promise.all([own.close(), own.close()]);
  await expect(loadInto(own, 'late', identityModel('UINT8', [1]))).rejects.toMatchObject({
    code: 'not-ready',
  });
  expect(own).toBeInstanceOf(EnginePool);
});
