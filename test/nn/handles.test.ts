import { expect, test } from 'vitest';
import { ProbeTrap, runProbe } from '../support/guest-probe.ts';
import {
  compute,
  dataOf,
  drop,
  init,
  load,
  loadByName,
  open,
  read,
  tensor,
  valueOf,
  type Script,
} from '../support/guest-script.ts';
import { asRead, u8 } from '../support/guest-values.ts';
import { identityModel } from '../support/onnx-models.ts';

/** How long handles live, and that the end of one is never the end of another. */

const graphs = { same: identityModel('UINT8', ['n']) };
const x = u8([1, 2, 3]);

test('a context outlives its graph, and outputs outlive their context', async () => {
  const outcomes = await runProbe(
    [
      [loadByName('g', 'same'), init('c', 'g'), drop('graph', 'g'), tensor('x', x)],
      [compute('', 'c', [['x', 'x']]), drop('context', 'c')],
      read('y'),
    ],
    { graphs },
  );
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(x));
});

test('a graph from bytes serves a context after it was dropped', async () => {
  const steps = [
    [load('g', [graphs.same], 'autodetect'), init('c', 'g'), drop('graph', 'g'), tensor('x', x)],
    compute('', 'c', [['x', 'x']]),
    read('y'),
  ];
  expect(valueOf((await runProbe(steps, { graphLoad: true })).slice(-3))).toEqual(asRead(x));
});

test('contexts of one graph, and graphs of one name, are apart', async () => {
  const outcomes = await runProbe(
    [
      [loadByName('g', 'same'), loadByName('h', 'same'), init('c', 'g'), init('d', 'g'), init('e', 'h')],
      [drop('context', 'c'), drop('graph', 'h'), tensor('x', x)],
      [compute('1 ', 'd', [['x', 'x']]), compute('2 ', 'e', [['x', '1 y']])],
      read('2 y'),
    ],
    { graphs },
  );
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(x));
});

test('every output has a handle of its own: one dropped or consumed leaves the other', async () => {
  const steps: Script = [
    [open('same'), tensor('a', u8([1])), tensor('b', u8([2]))],
    [compute('a ', 'same', [['x', 'a']]), compute('b ', 'same', [['x', 'b']])],
    drop('tensor', 'a y'),
    read('b y'),
  ];
  expect(valueOf((await runProbe(steps, { graphs })).slice(-3))).toEqual(asRead(u8([2])));
});

test('thousands of computes in one request leave nothing that counts', async () => {
  const rounds = Array.from({ length: 1_000 }, (_, i) => compute(`${i + 1} `, 'same', [['x', `${i} y`]]));
  const steps = [open('same'), tensor('0 y', x), ...rounds, read('1000 y')];
  const outcomes = await runProbe(steps, { graphs, limits: { liveResources: 4, requestTensorBytes: 64 } });
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(x));
});

const opened = [open('same'), tensor('x', x)];
const computed = [...opened, compute('', 'same', [['x', 'x']])];
/** A refused compute takes its inputs too, and gives no outputs to which their numbers could go. */
const consumed = [...opened, compute('', 'same', [['unknown', 'x']])];

test.each<[what: string, steps: Script]>([
  ['a consumed tensor computed with again', [...consumed, compute('', 'same', [['x', 'x']])]],
  ['a consumed tensor read', [...consumed, dataOf('x')]],
  ['a consumed tensor dropped', [...consumed, drop('tensor', 'x')]],
  ['a dropped tensor read', [...opened, drop('tensor', 'x'), dataOf('x')]],
  ['a tensor dropped twice', [...opened, drop('tensor', 'x'), drop('tensor', 'x')]],
  ['a dropped graph', [...opened, drop('graph', 'same (graph)'), init('c', 'same (graph)')]],
  ['a dropped context', [...opened, drop('context', 'same'), compute('', 'same', [['x', 'x']])]],
  ['a context dropped twice', [...opened, drop('context', 'same'), drop('context', 'same')]],
  ['a handle that never was', [dataOf('nothing')]],
])('%s is a trap, and the next request is served', async (_, steps) => {
  await expect(runProbe(steps, { graphs })).rejects.toBeInstanceOf(ProbeTrap);
  expect((await runProbe(computed, { graphs })).at(-1)).toEqual({ tag: 'outputs', val: ['y'] });
});
