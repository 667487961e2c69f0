import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  compute,
  drop,
  load,
  init,
  open,
  read,
  tensor,
  valueOf,
  type Outcome,
} from '../support/guest-script.ts';
import { ProbeBench } from '../support/guest-probe.ts';
import { TappedEnginePool } from '../support/guest-tap.ts';
import { asRead, f32, u8 } from '../support/guest-values.ts';
import { addModel, identityModel } from '../support/onnx-models.ts';

/** Where tensors live, counted on the wire between guest threads and engine threads. */

let tap: TappedEnginePool | undefined;
const bench = new ProbeBench({ engines: 2, guests: 1 }, (options) => (tap = new TappedEnginePool(options)));
const engines = tap as unknown as TappedEnginePool;
afterAll(async () => bench[Symbol.asyncDispose]());
beforeEach(() => {
  engines.forget();
  engines.makeBusy(undefined);
  engines.onQuestion = () => undefined;
});

const MiB = 2 ** 20;
const big = { type: 'U8', dimensions: [MiB], data: new Uint8Array(MiB).fill(5) } as const;
const graphs = { same: identityModel('UINT8', ['n']), other: identityModel('UINT8', ['n']) };

async function run(
  steps: Parameters<Awaited<ReturnType<typeof bench.install>>['run']>[0],
): Promise<Outcome[]> {
  const probe = await bench.install({ graphs, graphLoad: true });
  try {
    return await probe.run(steps);
  } finally {
    probe.remove();
  }
}

test('a tensor passed from compute to compute, and from graph to graph, crosses once in and once out', async () => {
  const hops = Array.from({ length: 20 }, (_, i) => {
    return compute(`${i + 1} `, i % 2 === 0 ? 'same' : 'other', [['x', `${i} y`]]);
  });
  const outcomes = await run([open('same'), open('other'), tensor('0 y', big), ...hops, read('20 y')]);
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(big));
  expect(engines.bytesCrossed()).toEqual({ in: MiB, out: MiB });
  expect(engines.questions.filter(({ question }) => question.kind === 'compute')).toHaveLength(20);
});

test('an output that nobody reads does not cross, nor does one that is dropped', async () => {
  await run([open('same'), tensor('x', big), compute('', 'same', [['x', 'x']]), drop('tensor', 'y')]);
  expect(engines.bytesCrossed()).toEqual({ in: MiB, out: 0 });
});

test('reading twice crosses once', async () => {
  const twice = [read('y'), read('y')];
  await run([open('same'), tensor('x', big), compute('', 'same', [['x', 'x']]), ...twice]);
  expect(engines.bytesCrossed()).toEqual({ in: MiB, out: MiB });
});

test('a tensor is computed where it is, though another engine thread has less to do', async () => {
  engines.onQuestion = (engine, { kind }) => kind === 'compute' && engines.makeBusy(engine);
  const steps = [
    [open('same'), open('other'), tensor('x', u8([1, 2, 3]))],
    [compute('1 ', 'same', [['x', 'x']]), compute('2 ', 'other', [['x', '1 y']])],
  ];
  expect((await run(steps)).at(-1)).toEqual({ tag: 'outputs', val: ['y'] });
  expect(engines.bytesCrossed()).toEqual({ in: 3, out: 0 });
});

test('outputs of two engine threads meet in one compute, and the smaller one moves', async () => {
  // A graph from bytes lives on one engine thread. Where one was loaded, nothing else goes by itself.
  engines.onQuestion = (engine, { kind }) => kind === 'load' && engines.makeBusy(engine);
  const [one, three] = [identityModel('FLOAT', [1]), identityModel('FLOAT', [3])];
  const probe = await bench.install({ graphs: { add: addModel('FLOAT', ['n']) }, graphLoad: true });
  const outcomes = await probe.run([
    [load('one (graph)', [one]), init('one', 'one (graph)'), tensor('a', f32([10]))],
    [load('three (graph)', [three]), init('three', 'three (graph)'), tensor('b', f32([1, 2, 3]))],
    [compute('one ', 'one', [['x', 'a']]), compute('three ', 'three', [['x', 'b']])],
    [
      open('add'),
      compute('sum ', 'add', [
        ['x', 'one y'],
        ['w', 'three y'],
      ]),
    ],
    read('sum y'),
  ]);
  probe.remove();
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([11, 12, 13])));
  const computes = engines.questions.filter(({ question }) => question.kind === 'compute');
  expect(computes.map(({ engine }) => engine)).toEqual([0, 1, 1]);
  // 10 goes in, comes out of the first engine and goes into the second; the sum is read.
  expect(engines.bytesCrossed()).toEqual({ in: 4 + 12 + 4, out: 4 + 12 });
});

test('when a request is over, its engine threads hold none of its tensors and graphs', async () => {
  const steps = [
    [load('g', [graphs.same]), init('c', 'g'), open('same')],
    [tensor('x', big), compute('kept ', 'c', [['x', 'x']])],
    [tensor('z', big), compute('also kept ', 'same', [['x', 'z']])],
  ];
  await run(steps);
  const held = engines.answers.flatMap(({ engine, answer }) =>
    answer.kind === 'outputs' ? answer.outputs.map(({ handle }) => ({ engine, handle })) : [],
  );
  expect(held).toHaveLength(2);
  const { guest = 0, question } = engines.questions[0] ?? {};
  const request = question?.request ?? 0;
  for (const { engine, handle } of held) {
    expect(await engines.ask(guest, engine, { kind: 'read', handle }, request)).toMatchObject({
      kind: 'error',
      message: 'The tensor was consumed or dropped.',
    });
    expect(await engines.ask(guest, engine, { kind: 'compute', graph: 'loaded-1' }, request)).toMatchObject({
      kind: 'error',
      message: 'The graph is no longer loaded.',
    });
  }
});
