import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BareTensor } from '../../src/bridge/client-protocol.ts';
import type { BareRun } from '../../src/bridge/engine-client.ts';
import type { GraphReference } from '../../src/bridge/protocol.ts';
import type { EnginePool } from '../../src/engine/engine-pool.ts';
import { inMs, shared, startEngines } from '../support/guest-link.ts';
import { identityModel, spinningModel } from '../support/onnx-models.ts';

let pool: EnginePool;
let same: GraphReference;
let spin: GraphReference;
beforeAll(async () => {
  pool = startEngines(1);
  same = await pool.load('same', shared(identityModel('UINT8', ['n'])), false, true);
  spin = await pool.load('spin', shared(spinningModel()), false, true);
});
afterAll(async () => pool.close());

function runOn(inputs: BareTensor[], deadlineMs = 30_000): BareRun {
  const limits = { tensorBytes: 1_000, allBytes: 1_000 };
  return { inputs, outputs: ['y'], limits, deadline: inMs(deadlineMs) };
}

const bytes = (...elements: number[]): BareTensor[] => [
  { name: 'x', dimensions: [elements.length], bytes: Uint8Array.from(elements) },
];
const iterations = (count: bigint): BareTensor[] => [
  { name: 'iterations', dimensions: [], bytes: new Uint8Array(BigInt64Array.of(count).buffer) },
];

/** A run, and whether an engine thread has it. */
function start(graph: GraphReference, run: BareRun) {
  const abort = new AbortController();
  const state = { begun: false };
  const ended = pool.client.run(graph, run, {
    signal: abort.signal,
    onStart: () => (state.begun = true),
  });
  return { abort, state, ended };
}

test('an engine thread has two runs at the most; the others wait, and leave the line when they are given up', async () => {
  const runs = [300_000n, 1n, 1n, 1n].map((count) => start(spin, runOn(iterations(count))));
  const [first, second, third, fourth] = runs as [
    (typeof runs)[0],
    (typeof runs)[0],
    (typeof runs)[0],
    (typeof runs)[0],
  ];
  expect(runs.map(({ state }) => state.begun)).toEqual([true, true, false, false]);
  third.abort.abort(new Error('enough'));
  await expect(third.ended).rejects.toThrow('enough');
  await Promise.all([first.ended, second.ended, fourth.ended]);
  expect(runs.map(({ state }) => state.begun)).toEqual([true, true, false, true]);
});

test('a run that was given up goes on, its answer is dropped, and its place is free afterwards', async () => {
  const given = start(spin, runOn(iterations(300_000n)));
  given.abort.abort(new Error('enough'));
  await expect(given.ended).rejects.toThrow('enough');
  const next = await Promise.all([1, 2, 3].map(async (element) => start(same, runOn(bytes(element))).ended));
  expect(next.map(({ outputs }) => [...(outputs[0]?.bytes ?? [])])).toEqual([[1], [2], [3]]);
});

test('a run is not begun after its deadline', async () => {
  const long = start(spin, runOn(iterations(300_000n)));
  await expect(start(same, runOn(bytes(1), 0)).ended).rejects.toMatchObject({ code: 'timeout' });
  await long.ended;
});

test('a signal that was aborted before sends nothing', async () => {
  const run = pool.client.run(same, runOn(bytes(1)), { signal: AbortSignal.abort(new Error('enough')) });
  await expect(run).rejects.toThrow('enough');
});

test('a graph is loaded while there is always another run to do', async () => {
  const until = new AbortController();
  const keepBusy = async (): Promise<void> => {
    while (!until.signal.aborted) await start(same, runOn(bytes(1, 2, 3))).ended;
  };
  const busy = Promise.all([keepBusy(), keepBusy(), keepBusy()]);
  const late = await pool.load('late', shared(identityModel('UINT8', ['n'])), false, true);
  until.abort();
  await busy;
  expect((await start(late, runOn(bytes(7))).ended).outputs).toEqual([
    { name: 'y', dimensions: [1], bytes: Uint8Array.of(7) },
  ]);
  pool.unload('late');
  await expect(start(late, runOn(bytes(7))).ended).rejects.toMatchObject({ code: 'not-found' });
});

test('buffers change hands, and one that is gone already is refused', async () => {
  const inputs = bytes(1, 2);
  await start(same, runOn(inputs)).ended;
  expect(inputs[0]?.bytes).toHaveLength(0);
  await expect(start(same, runOn(inputs)).ended).rejects.toMatchObject({ code: 'invalid-argument' });
  expect((await start(same, runOn(bytes(9))).ended).outputs).toHaveLength(1);
});

test('close lets what an engine thread runs finish', async () => {
  const closing = startEngines(1);
  const graph = await closing.load('spin', shared(spinningModel()), false, true);
  const run = async (count: bigint) =>
    closing.client.run(graph, runOn(iterations(count)), { signal: new AbortController().signal });
  const [first, running] = [run(1n), run(300_000n)];
  // What comes after it on the same way is there as well.
  await first;
  const closed = closing.close();
  expect((await running).outputs).toHaveLength(1);
  await closed;
});
