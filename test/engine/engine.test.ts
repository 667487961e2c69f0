import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import type { EngineConnection, GraphThreads } from '../../src/engine/engine.ts';
import { NativeHandles } from '../../src/engine/native-handles.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import {
  allocatingModel,
  externalDataModel,
  identityModel,
  spinningModel,
  unknownOperatorModel,
} from '../support/onnx-models.ts';
import { firstOutput, guestOf, inputFrom, startEngine, threadOn, until } from '../support/guest-thread.ts';
import { f32, i64, u8 } from '../support/guest-values.ts';

const engine = startEngine();
afterAll(() => engine.close());
const plain = { threads: 'one', bare: false } as const;
const forEver = inputFrom('iterations', i64([2 ** 40]));

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
  const { facts } = await engine.load('facts', model, plain);
  expect(facts).toEqual({
    metadata: { author: 'nobody' },
    fatal: {},
    inputs: [
      { name: 'x', type: 'BF16', elementType: 'BFLOAT16', dimensions: ['batch', 3, null] },
      { name: 'mask', type: 'U8', elementType: 'BOOL', dimensions: undefined },
      { name: 'scale', type: 'FP32', elementType: 'FLOAT', dimensions: [], optional: true },
    ],
    outputs: [{ name: 'y', type: 'BF16', elementType: 'BFLOAT16', dimensions: undefined }],
  });
});

test.each([
  ['invalid-encoding', 'no model', new Uint8Array([1, 2, 3]), ''],
  ['invalid-encoding', 'an empty file', new Uint8Array(), 'The file is empty.'],
  ['security', 'data in another file', externalDataModel('weights.bin'), '"weights.bin"'],
  ['unsupported-operation', 'an unknown operator', unknownOperatorModel(), 'NoSuchOperator'],
  ['unsupported-operation', 'INT16', identityModel('INT16', [1]), 'Input "x" is INT16'],
])('load is refused with %s for %s', async (code, what, bytes, message) => {
  const refused = engine.load(what, bytes, plain);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
});

test('a graph that may use all cores gives the same answer by all of them as by one', async () => {
  const graph = await engine.load('wide', identityModel('FLOAT', ['n']), {
    threads: 'all-when-idle',
    bare: false,
  });
  const inputs = [inputFrom('x', f32([1, 2]))];
  const expected = new Uint8Array(Float32Array.of(1, 2).buffer);
  using alone = guestOf(engine);
  expect(firstOutput(alone.guest, graph, inputs)).toEqual(expected);
  const spin = await engine.load('spins beside', spinningModel(), plain);
  const busy = engine.connect(1);
  const thread = await threadOn(busy, `guest.run(spin, [forEver], ['y']);`, { spin, forEver });
  await until(() => engine.busy === 1);
  expect(firstOutput(alone.guest, graph, inputs)).toEqual(expected);
  engine.stop(busy);
  await thread.terminate();
  engine.disconnect(busy);
});

test.skipIf(process.platform !== 'linux' || availableParallelism() === 1)(
  'a graph whose runs two cores share has a thread beside those that run it, and one session',
  async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    const load = async (key: string, kind: GraphThreads) =>
      engine.load(key, identityModel('FLOAT', ['n']), { threads: kind, bare: false });
    await load('first', 'one');
    const before = threads();
    await load('narrow', 'one');
    expect(threads()).toBe(before);
    const shared = await load('shared by two', 'two');
    expect(threads()).toBe(before + 1);
    expect(shared.multiThreadedSession).toBeUndefined();
    using one = guestOf(engine);
    const answer = firstOutput(one.guest, shared, [inputFrom('x', f32([1, 2]))]);
    expect(answer).toEqual(new Uint8Array(Float32Array.of(1, 2).buffer));
  },
);

test('a run that is stopped ends at once with its thread alive, and the next run goes to its end', async () => {
  const graph = await engine.load('stopped', spinningModel(), plain);
  const connection = engine.connect(1);
  const thread = await threadOn(
    connection,
    `try { guest.run(spin, [forEver], ['y']); } catch (error) { parentPort.postMessage(error.message); }
     guest.begin(2, Infinity, false);
     const [y] = guest.run(spin, [three], ['y']);
     parentPort.postMessage(guest.read(y).slice());`,
    { spin: graph, forEver, three: inputFrom('iterations', i64([3])) },
  );
  await until(() => engine.busy === 1);
  engine.stop(connection);
  const messages: unknown[] = [];
  thread.on('message', (message) => messages.push(message));
  await until(() => messages.length === 2);
  expect(messages[0]).toBe('The deadline of the request has passed.');
  expect(messages[1]).toEqual(new Uint8Array(BigInt64Array.of(3n).buffer));
  await thread.terminate();
  engine.disconnect(connection);
});

test('a thread that is terminated in the middle of a run, forty times, leaves the process and the engine whole', async () => {
  const graph = await engine.load('terminated', spinningModel(), plain);
  for (let round = 0; round < 40; round++) {
    const connection = engine.connect(1 + (round % 4));
    const thread = await threadOn(connection, `guest.run(spin, [forEver], ['y']);`, { spin: graph, forEver });
    await until(() => engine.busy === 1);
    const ended = once(thread, 'exit');
    void thread.terminate();
    engine.stop(connection);
    await ended;
    engine.disconnect(connection);
    expect(engine.busy).toBe(0);
  }
  using next = guestOf(engine);
  const inputs = [inputFrom('iterations', i64([3]))];
  expect(firstOutput(next.guest, graph, inputs)).toEqual(new Uint8Array(BigInt64Array.of(3n).buffer));
});

test('what comes too late for a thread that has ended touches neither its memory nor the thread that follows it', async () => {
  const graph = await engine.load('followed', spinningModel(), plain);
  const before = engine.connect(1);
  engine.disconnect(before);
  const after = engine.connect(1);
  const thread = await threadOn(after, `guest.run(spin, [forEver], ['y']);`, { spin: graph, forEver });
  await until(() => engine.busy === 1);
  // Their native memory is most likely the same.
  for (let round = 0; round < 10; round++) engine.stop(before);
  engine.leaveRun(before);
  engine.disconnect(before);
  expect(engine.busy).toBe(1);
  engine.stop(after);
  await thread.terminate();
  engine.disconnect(after);
});

// The stack and the heap of a thread's native calls are freed with all else that koffi knows of the thread.
test.skipIf(process.platform !== 'linux')(
  'threads that have ended leave no mappings of memory behind',
  async () => {
    const mappings = (): number => readFileSync('/proc/self/maps', 'latin1').split('\n').length;
    const endThreads = async (count: number): Promise<number> => {
      for (let index = 0; index < count; index++) {
        const connection = engine.connect(1);
        const thread = await threadOn(
          connection,
          `guest.attach(); parentPort.postMessage('called'); setInterval(() => undefined, 1_000);`,
        );
        await once(thread, 'message');
        await thread.terminate();
        engine.disconnect(connection);
      }
      return mappings();
    };
    const before = await endThreads(10);
    // Three of each thread would be 120.
    expect((await endThreads(40)) - before).toBeLessThan(60);
  },
);

test('threads that run one graph at once run one session', async () => {
  const graph = await engine.load('shared', spinningModel(), plain);
  const connections = [engine.connect(1), engine.connect(2)];
  const threads = await Promise.all(
    connections.map(async (each) =>
      threadOn(each, `guest.run(graph, [forEver], ['y']);`, { graph, forEver }),
    ),
  );
  const sessions = (): bigint[] => connections.map(sessionInUse);
  await until(() => !sessions().includes(0n));
  expect(new Set(sessions()).size).toBe(1);
  for (const each of connections) engine.stop(each);
  await Promise.all(threads.map(async (thread) => thread.terminate()));
  for (const each of connections) engine.disconnect(each);
});

test('a graph that is unloaded while a thread runs it is released when that run is over', async () => {
  const graph = await engine.load('in use', spinningModel(), plain);
  const connection = engine.connect(1);
  const thread = await threadOn(connection, `guest.run(spin, [forEver], ['y']);`, { spin: graph, forEver });
  await until(() => sessionInUse(connection) !== 0n);
  engine.unload('in use');
  using other = guestOf(engine);
  expect(() => other.guest.run(graph, [forEver], ['y'])).toThrow('no longer loaded');
  const ended = once(thread, 'exit');
  void thread.terminate();
  engine.stop(connection);
  await ended;
  engine.disconnect(connection);
  const again = await engine.load('in use', spinningModel(), plain);
  const inputs = [inputFrom('iterations', i64([2]))];
  expect(firstOutput(other.guest, again, inputs)).toEqual(new Uint8Array(BigInt64Array.of(2n).buffer));
});

test('a run that is not begun before its deadline is refused', async () => {
  const graph = await engine.load('late', identityModel('UINT8', ['n']), plain);
  using late = guestOf(engine, { deadlineMs: 0 });
  expect(() => late.guest.run(graph, [inputFrom('x', u8([1]))], ['y'])).toThrow(
    'The deadline of the request has passed.',
  );
});

test('memory that a large run took goes back while the service goes on', async () => {
  const MiB = 2 ** 20;
  const graph = await engine.load('large', allocatingModel(), plain);
  using thread = guestOf(engine);
  const resident = () => process.memoryUsage.rss() / MiB;
  const before = resident();
  const [output] = thread.guest.run(graph, [inputFrom('shape', i64([128 * MiB]))], ['y']);
  if (output === undefined) throw new Error('There is no output.');
  const full = resident();
  expect(full - before).toBeGreaterThan(400);
  thread.guest.release(output);
  await until(() => resident() - before < 100);
});

test('100,000 runs and 1,000 loads leave nothing behind', { timeout: 120_000 }, async () => {
  const MiB = 2 ** 20;
  const graph = await engine.load('small', identityModel('FLOAT', ['n']), plain);
  const inputs = [inputFrom('x', f32([1, 2, 3]))];
  using thread = guestOf(engine);
  const round = async (): Promise<number> => {
    for (let run = 1; run <= 10_000; run++) {
      thread.guest.begin(run, Infinity, false);
      firstOutput(thread.guest, graph, inputs);
      // One that the guest does not release itself.
      thread.guest.run(graph, inputs, ['y']);
      thread.guest.end();
    }
    for (let load = 0; load < 100; load++) {
      await engine.load(`again ${load}`, identityModel('FLOAT', ['n']), plain);
      engine.unload(`again ${load}`);
    }
    return process.memoryUsage.rss();
  };
  // A leak of 20,000 values or 100 sessions adds megabytes in every round; the heap of JavaScript does not.
  const readings: number[] = [];
  while (readings.length < 5) readings.push(await round());
  const used = engine.memory?.used;
  const growth = (): number => ((readings.at(-1) ?? 0) - (readings.at(-2) ?? 0)) / MiB;
  while (growth() >= 1 && readings.length < 10) readings.push(await round());
  expect(growth()).toBeLessThan(1);
  for (let load = 1; load <= 500; load++) {
    thread.guest.begin(load, Infinity, false);
    thread.guest.load(identityModel('FLOAT', ['n']));
    thread.guest.end();
  }
  expect(engine.memory?.used).toBe(used);
});

test('an engine that is closed refuses to load, and may be closed again', async () => {
  const own = startEngine(1);
  own.close();
  own.close();
  await expect(own.load('late', identityModel('UINT8', [1]), plain)).rejects.toMatchObject({
    code: 'not-ready',
  });
});

/** The session that a thread runs; 0n if none. */
function sessionInUse({ backends }: EngineConnection): bigint {
  const handles = backends.get('onnx')?.handles;
  return handles === undefined ? 0n : NativeHandles.sessionInUse(handles);
}
