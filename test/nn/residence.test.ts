import { expect, test } from 'vitest';
import { runProbe } from '../support/guest-probe.ts';
import { compute, drop, init, load, open, read, tensor, valueOf } from '../support/guest-script.ts';
import { asRead, f32 } from '../support/guest-values.ts';
import { addModel, identityModel } from '../support/onnx-models.ts';

/** Tensors that stay with the host: an output is read where the run left it, by the next run and by the guest. */

const MiB = 2 ** 20;
const big = { type: 'U8', dimensions: [MiB], data: new Uint8Array(MiB).fill(5) } as const;
const graphs = { same: identityModel('UINT8', ['n']), other: identityModel('UINT8', ['n']) };

test('a tensor passes from compute to compute and from graph to graph', async () => {
  const hops = Array.from({ length: 20 }, (_, i) => {
    return compute(`${i + 1} `, i % 2 === 0 ? 'same' : 'other', [['x', `${i} y`]]);
  });
  const outcomes = await runProbe([open('same'), open('other'), tensor('0 y', big), ...hops, read('20 y')], {
    graphs,
  });
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(big));
});

test('an output may be read twice, and given to a compute after that', async () => {
  const outcomes = await runProbe(
    [
      [open('same'), tensor('x', big), compute('', 'same', [['x', 'x']]), read('y'), read('y')],
      [compute('again ', 'same', [['x', 'y']]), read('again y')],
    ],
    { graphs },
  );
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(big));
});

test('outputs of a graph from bytes and of one by name meet in one compute', async () => {
  const [one, three] = [identityModel('FLOAT', [1]), identityModel('FLOAT', [3])];
  const outcomes = await runProbe(
    [
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
    ],
    { graphs: { add: addModel('FLOAT', ['n']) }, graphLoad: true },
  );
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([11, 12, 13])));
});

test('what a guest drops is its own no more, and leaves its place to others', async () => {
  const small = { type: 'U8', dimensions: [1_000], data: new Uint8Array(1_000) } as const;
  const rounds = Array.from({ length: 50 }, (_, i) => [
    tensor(`x${i}`, small),
    compute(`${i} `, 'same', [['x', `x${i}`]]),
    drop('tensor', `${i} y`),
  ]);
  const outcomes = await runProbe([open('same'), ...rounds.flat()], {
    graphs,
    limits: { requestTensorBytes: 3_000 },
  });
  expect(outcomes.filter(({ tag }) => tag === 'failed')).toEqual([]);
});
