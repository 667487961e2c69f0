import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import type { ClientTensor } from '../../src/service/api/tensor-inference.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { modelsDir, readSample, speechModel } from '../support/models.ts';
import { onnxModel, type AttributeSpec, type GraphSpec, type NodeSpec } from '../support/onnx-builder.ts';
import {
  allocatingModel,
  identityModel,
  manyBoxes,
  manyBoxesModel,
  spinningModel,
} from '../support/onnx-models.ts';

/** Graphs whose runs ask for all time and all memory, with good requests beside each. */

const MiB = 2 ** 20;
const THREADS = 2;

let repository: GraphRepository;
let service: Sandpiper;
beforeAll(async () => {
  repository = await graphRepository({ good: identityModel('FLOAT', ['n']) });
  await repository.put('loop', 1, spinningModel(), { limits: { deadlineMs: 1_000 } });
  await repository.put('nested', 1, spinningModel(4), { limits: { deadlineMs: 1_000 } });
  await repository.put('memory', 1, allocatingModel());
  await repository.put('doubling', 1, doublingLoops(24), { limits: { deadlineMs: 1_000 } });
  service = await openSandpiper({
    models: repository.path,
    guestThreads: THREADS,
    concurrentRuns: THREADS,
    logLevel: 'silent',
    limits: { runMemoryBytes: 256 * MiB },
  });
});
afterAll(async () => {
  await service.close();
  await repository[Symbol.asyncDispose]();
});

/** A loop that, as often as it is told, doubles a number's tensor by a loop in it and keeps one element of that. */
function doublingLoops(times: number): Uint8Array {
  const body = (at: number, nodes: NodeSpec[]): GraphSpec => ({
    inputs: [
      { name: `i${at}`, type: 'INT64', dims: [] },
      { name: `go${at}`, type: 'BOOL', dims: [] },
      { name: `before${at}`, type: 'FLOAT' },
    ],
    outputs: [
      { name: `on${at}`, type: 'BOOL', dims: [] },
      { name: `after${at}`, type: 'FLOAT' },
    ],
    nodes: [{ op: 'Identity', inputs: [`go${at}`], outputs: [`on${at}`] }, ...nodes],
  });
  const axis: AttributeSpec = { int: 0 };
  const double = body(2, [
    { op: 'Concat', inputs: ['before2', 'before2'], outputs: ['after2'], attributes: { axis } },
  ]);
  const again = body(1, [
    {
      op: 'Loop',
      inputs: ['times', '', 'before1'],
      outputs: ['large'],
      attributes: { body: { graph: double } },
    },
    { op: 'Slice', inputs: ['large', 'first', 'second'], outputs: ['after1'] },
  ]);
  return onnxModel({
    inputs: [{ name: 'iterations', type: 'INT64', dims: [] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [null] }],
    nodes: [
      {
        op: 'Loop',
        inputs: ['iterations', '', 'number'],
        outputs: ['y'],
        attributes: { body: { graph: again } },
      },
    ],
    initializers: [
      { name: 'times', type: 'INT64', dims: [], data: BigInt64Array.of(BigInt(times)) },
      { name: 'first', type: 'INT64', dims: [1], data: BigInt64Array.of(0n) },
      { name: 'second', type: 'INT64', dims: [1], data: BigInt64Array.of(1n) },
      { name: 'number', type: 'FLOAT', dims: [1], data: Float32Array.of(1) },
    ],
  });
}

const int64 = (name: string, shape: readonly number[], value: bigint): ClientTensor => ({
  name,
  datatype: 'INT64',
  shape,
  data: new Uint8Array(BigInt64Array.of(value).buffer),
});

/** Inputs of {@link manyBoxesModel}, whose one operator takes the longer, by far, the more there are. */
function boxesOf(count: number): ClientTensor[] {
  const { boxes, scores } = manyBoxes(count);
  return [
    { name: 'boxes', datatype: 'FP32', shape: [1, count, 4], data: new Uint8Array(boxes.buffer) },
    { name: 'scores', datatype: 'FP32', shape: [1, 1, count], data: new Uint8Array(scores.buffer) },
  ];
}

async function good(value: number): Promise<number | undefined> {
  const data = new Uint8Array(Float32Array.of(value).buffer);
  const { outputs } = await service.infer('good', [{ name: 'x', datatype: 'FP32', shape: [1], data }]);
  const [bytes] = outputs.map((output) => output.data as Uint8Array);
  return bytes && new Float32Array(bytes.slice().buffer)[0];
}

/** Good requests one after the other, until the attack is over. */
async function beside(attack: Promise<unknown>): Promise<void> {
  const state = { over: false };
  const ended = attack.finally(() => (state.over = true));
  for (let value = 0; !state.over; value++) expect(await good(value)).toBe(value);
  await ended;
}

test.each(['loop', 'nested'])('%s: graphs that loop for ever cost their own requests', async (name) => {
  for (let round = 0; round < 3; round++) {
    const asked = service.infer(name, [int64('iterations', [], 2n ** 40n)]).catch((error: unknown) => error);
    await beside(asked);
    expect(await asked).toMatchObject({ code: 'deadline-exceeded' });
  }
  await expect.poll(async () => service.metrics()).toContain('sandpiper_graph_runs 0');
  const few = await service.infer(name, [int64('iterations', [], 1n)]);
  expect(few.outputs).toHaveLength(1);
});

test('a graph that doubles what it has until its deadline gives core and memory back, and runs again', async () => {
  const asked = service
    .infer('doubling', [int64('iterations', [], 2n ** 40n)])
    .catch((error: unknown) => error);
  await beside(asked);
  expect(await asked).toMatchObject({ code: 'deadline-exceeded' });
  await expect.poll(async () => service.metrics()).toContain('sandpiper_graph_runs 0');
  const held = async (): Promise<number> =>
    Number(/^sandpiper_engine_memory_bytes\{kind="held"\} (.*)$/m.exec(await service.metrics())?.[1]);
  await expect.poll(held).toBeLessThan(16 * MiB);
  const few = await service.infer('doubling', [int64('iterations', [], 1n)]);
  expect(few.outputs).toMatchObject([{ shape: [1] }]);
});

test('graphs that ask for all memory are refused, one after the other and side by side', async () => {
  const all = Array.from({ length: 8 }, async (_, index): Promise<unknown> => {
    const elements = BigInt((100 + index) * MiB);
    return service.infer('memory', [int64('shape', [1], elements)]).catch((error: unknown) => error);
  });
  await beside(Promise.all(all));
  for (const refusal of await Promise.all(all))
    expect(refusal).toMatchObject({
      code: 'input-too-large',
      message: expect.stringContaining('runMemoryBytes') as string,
    });
  const little = await service.infer('memory', [int64('shape', [1], 10n)]);
  expect(little.outputs).toMatchObject([{ shape: [10] }]);
});

test('a run inside one endless operator holds up neither speech nor what else comes', async () => {
  await using models = await graphRepository({ good: identityModel('FLOAT', ['n']) });
  await models.put('one-operator', 1, manyBoxesModel(), { limits: { deadlineMs: 1_000 } });
  await cp(join(modelsDir, speechModel), join(models.path, speechModel), { recursive: true });
  await using both = await openSandpiper({
    models: models.path,
    guestThreads: THREADS,
    concurrentRuns: THREADS,
    logLevel: 'silent',
  });
  await expect(both.infer('one-operator', boxesOf(60_000))).rejects.toMatchObject({
    code: 'deadline-exceeded',
  });
  // While such short requests come, speech leaves one run to them.
  const over = new AbortController();
  const asking = (async () => {
    const data = (): Uint8Array => new Uint8Array(Float32Array.of(1).buffer);
    while (!over.signal.aborted) {
      await both.infer('good', [{ name: 'x', datatype: 'FP32', shape: [1], data: data() }]);
      await setTimeout(100);
    }
  })();
  const { bytes } = await readSample(speechModel);
  const said = both.transcribe(speechModel, bytes, { signal: AbortSignal.timeout(20_000) });
  await expect(said).resolves.toMatchObject({ text: expect.stringContaining('Ever tried') as string });
  over.abort();
  await asking;
  // It is inside that operator still.
  expect(await both.metrics()).toContain('sandpiper_guest_threads{state="working"} 1');
});

test('a service all of whose runs are inside one endless operator says that it is lost', async () => {
  await using stuck = await graphRepository();
  await stuck.put('one-operator', 1, manyBoxesModel(), { limits: { deadlineMs: 1_000 } });
  const settings = {
    guestThreads: 1,
    concurrentRuns: 1,
    logLevel: 'silent',
    limits: { stuckRunMs: 100 },
  } as const;
  await using lost = await openSandpiper({ models: stuck.path, ...settings });
  const asked = lost.infer('one-operator', boxesOf(80_000));
  await expect(asked).rejects.toMatchObject({ code: 'deadline-exceeded' });
  await expect(lost.lost).resolves.toContain('over its deadline');
  expect(lost.state).not.toBe('ready');
});
