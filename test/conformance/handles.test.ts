import { describe, expect, test } from 'vitest';
import { ProbeTrap } from '../support/guest-probe.ts';
import {
  compute,
  drop,
  flatten,
  getOutput,
  init,
  load,
  loadByName,
  open,
  read,
  tensor,
  valueOf,
  type Script,
} from '../support/guest-script.ts';
import { f32, u8 } from '../support/guest-values.ts';
import { addModel, identityModel } from '../support/onnx-models.ts';
import { ABIS, seenFailure, seenValue } from './abi.ts';

/** How long handles live, that the end of one is never the end of another, and that models are used again. */

const graphs = { same: identityModel('UINT8', ['n']), add: addModel('FLOAT', ['n']) };
const x = u8([1, 2, 3]);

describe.each(ABIS)('$name', (abi) => {
  const lastRead = async (script: Script, options = {}) =>
    seenValue(abi, valueOf((await abi.run(script, { graphs, ...options })).slice(-3)));

  test('a context outlives its graph', async () => {
    const steps = [
      [loadByName('g', 'same'), init('c', 'g'), drop('graph', 'g'), tensor('x', x)],
      [compute('', 'c', [['x', 'x']]), read('y')],
    ];
    expect(await lastRead(steps)).toEqual(seenValue(abi, x));
  });

  test('a graph from bytes serves a context after it was dropped', async () => {
    const steps = [
      [load('g', [graphs.same], 'autodetect'), init('c', 'g'), drop('graph', 'g'), tensor('x', x)],
      [compute('', 'c', [['x', 'x']]), read('y')],
    ];
    expect(await lastRead(steps, { graphLoad: true })).toEqual(seenValue(abi, x));
  });

  test('contexts of one graph, and graphs of one name, are apart', async () => {
    const steps = [
      [loadByName('g', 'same'), loadByName('h', 'same'), init('c', 'g'), init('d', 'g'), init('e', 'h')],
      [drop('context', 'c'), drop('graph', 'h'), tensor('x', x), tensor('z', u8([9]))],
      [compute('1 ', 'd', [['x', 'x']]), compute('2 ', 'e', [['x', 'z']]), read('1 y')],
    ];
    expect(await lastRead(steps)).toEqual(seenValue(abi, x));
  });

  test('a context computes again and again, and each time from what it is given', async () => {
    const rounds = [1, 2, 3].flatMap((i) => [
      [tensor(`x${i}`, f32([i, i])), tensor(`w${i}`, f32([10, 20 * i]))],
      compute(`${i} `, 'add', [
        ['x', `x${i}`],
        ['w', `w${i}`],
      ]),
      read(`${i} y`),
    ]);
    const outcomes = await abi.run([open('add'), rounds], { graphs });
    const read1 = valueOf(outcomes.slice(5, 8));
    const read3 = valueOf(outcomes.slice(-3));
    expect([seenValue(abi, read1), seenValue(abi, read3)]).toEqual([
      seenValue(abi, f32([11, 21])),
      seenValue(abi, f32([13, 63])),
    ]);
  });

  test.skipIf(abi.exceptions.stateless !== undefined)(
    'an input stays set for later computes until it is set again, and one that is refused is not set',
    async () => {
      const outcomes = await abi.run(
        [
          [open('same'), tensor('x', x), compute('1 ', 'same', [['x', 'x']])],
          [tensor('bad', f32([1])), compute('', 'same', [['x', 'bad']])],
          [compute('2 ', 'same', []), read('2 y'), tensor('z', u8([9]))],
          [compute('3 ', 'same', [['x', 'z']]), compute('4 ', 'same', []), read('4 y')],
        ],
        { graphs },
      );
      expect(outcomes[5]?.tag).toBe('failed');
      const second = outcomes.slice(7, 10);
      expect([seenValue(abi, valueOf(second)), seenValue(abi, valueOf(outcomes.slice(-3)))]).toEqual([
        seenValue(abi, x),
        seenValue(abi, u8([9])),
      ]);
    },
  );

  test.skipIf(abi.exceptions.stateless !== undefined)(
    'an output stays until the next compute, and is fetched as often as wanted',
    async () => {
      const fetched = (name: string) => [getOutput(name, 'same', 'y'), read(name)];
      const outcomes = await abi.run(
        [
          [open('same'), tensor('x', x), compute('1 ', 'same', [['x', 'x']]), fetched('a')],
          abi.exceptions.noTensorHandles ? [] : drop('tensor', 'a'),
          [tensor('bad', f32([1])), compute('', 'same', [['x', 'bad']]), fetched('b')],
          [tensor('z', u8([9])), compute('2 ', 'same', [['x', 'z']]), fetched('c')],
        ],
        { graphs },
      );
      const reads = [outcomes.slice(5, 8), outcomes.slice(-9, -6), outcomes.slice(-3)];
      expect(reads.map((each) => seenValue(abi, valueOf(each)))).toEqual(
        [x, x, u8([9])].map((value) => seenValue(abi, value)),
      );
    },
  );

  test.runIf(abi.exceptions.noTensorHandles === undefined)(
    'a tensor that the guest made is read as it was made, and then computed with',
    async () => {
      const steps = [open('same'), tensor('x', x), read('x'), compute('', 'same', [['x', 'x']]), read('y')];
      const outcomes = await abi.run(steps, { graphs });
      expect(seenValue(abi, valueOf(outcomes.slice(3, 6)))).toEqual(seenValue(abi, x));
      expect(seenValue(abi, valueOf(outcomes.slice(-3)))).toEqual(seenValue(abi, x));
    },
  );

  test('an output is read twice', async () => {
    const outcomes = await abi.run(
      [open('same'), tensor('x', x), compute('', 'same', [['x', 'x']]), read('y'), read('y')],
      { graphs },
    );
    expect(seenValue(abi, valueOf(outcomes.slice(-6, -3)))).toEqual(seenValue(abi, x));
    expect(seenValue(abi, valueOf(outcomes.slice(-3)))).toEqual(seenValue(abi, x));
  });

  test.runIf(abi.exceptions.unclosable === undefined)(
    'what is dropped is free: graphs and contexts without end within liveResources',
    async () => {
      const round = [
        [loadByName('g', 'same'), init('c', 'g'), tensor('x', x), compute('', 'c', [['x', 'x']])],
        [
          drop('context', 'c'),
          drop('graph', 'g'),
          ...(abi.exceptions.noTensorHandles ? [] : [drop('tensor', 'y')]),
        ],
      ];
      const outcomes = await abi.run(
        Array.from({ length: 30 }, () => round),
        {
          graphs,
          limits: { liveResources: 6, requestTensorBytes: 64 },
        },
      );
      expect(outcomes.filter(({ tag }) => tag === 'failed')).toEqual([]);
    },
  );

  test.runIf(abi.exceptions.noTensorHandles === undefined)(
    'an output is the input of another graph',
    async () => {
      const steps = [
        [open('same'), open('add'), tensor('x', f32([1])), tensor('w', f32([2]))],
        compute('1 ', 'add', [
          ['x', 'x'],
          ['w', 'w'],
        ]),
        tensor('v', f32([4])),
        compute('2 ', 'add', [
          ['x', '1 y'],
          ['w', 'v'],
        ]),
        read('2 y'),
      ];
      expect(await lastRead(steps)).toEqual(seenValue(abi, f32([7])));
    },
  );

  test.each<[what: string, tensors: boolean, steps: Script]>([
    ['a dropped graph', false, [open('same'), drop('graph', 'same (graph)'), init('d', 'same (graph)')]],
    ['a graph dropped twice', false, [loadByName('g', 'same'), drop('graph', 'g'), drop('graph', 'g')]],
    [
      'a dropped context',
      false,
      [open('same'), drop('context', 'same'), tensor('x', x), compute('', 'same', [['x', 'x']])],
    ],
    ['a context dropped twice', false, [open('same'), drop('context', 'same'), drop('context', 'same')]],
    ['a handle that never was', false, [init('c', 'nothing')]],
    [
      'a consumed tensor',
      true,
      [
        // A refused compute takes its inputs too, and gives no outputs to which their numbers could go.
        [open('same'), tensor('x', x), compute('', 'same', [['unknown', 'x']])],
        compute('', 'same', [['x', 'x']]),
      ],
    ],
    ['a tensor dropped twice', true, [tensor('x', x), drop('tensor', 'x'), drop('tensor', 'x')]],
  ])('%s ends nothing but the guest’s own doing', async (_, tensors, steps) => {
    const { invalidHandle, noTensorHandles, unclosable } = abi.exceptions;
    if (tensors && noTensorHandles !== undefined) return;
    if (unclosable !== undefined && flatten(steps).some(({ tag }) => tag.startsWith('drop'))) return;
    if (invalidHandle === undefined) {
      await expect(abi.run(steps, { graphs })).rejects.toBeInstanceOf(ProbeTrap);
    } else {
      const last = (await abi.run(steps, { graphs })).at(-1);
      const failure = seenFailure(abi, { code: invalidHandle.failure, message: '' });
      expect(last).toMatchObject({ tag: 'failed', val: failure });
    }
    const next = [open('same'), tensor('x', x), compute('', 'same', [['x', 'x']]), read('y')];
    expect(await lastRead(next)).toEqual(seenValue(abi, x));
  });
});
