import { describe, expect, test } from 'vitest';
import { compute, open, read, tensor, valueOf } from '../support/guest-script.ts';
import { f32, i64 } from '../support/guest-values.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { identityModel } from '../support/onnx-models.ts';
import { ABIS, computedOutputs, seenValue } from './abi.ts';

const vector = (name: string) => ({ name, type: 'FLOAT', dims: ['n'] }) as const;

/** Order and names matter: `sub = a - b`, `sum = a + b`, `first = a`. */
const THREE = onnxModel({
  inputs: [vector('a'), vector('b')],
  outputs: [vector('sub'), vector('sum'), vector('first')],
  nodes: [
    { op: 'Identity', inputs: ['a'], outputs: ['first'] },
    { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
    { op: 'Sub', inputs: ['a', 'b'], outputs: ['sub'] },
  ],
});

const NON_ZERO = onnxModel({
  inputs: [{ name: 'x', type: 'FLOAT', dims: [null, null] }],
  outputs: [{ name: 'y', type: 'INT64', dims: [2, 'found'] }],
  nodes: [{ op: 'NonZero', inputs: ['x'], outputs: ['y'] }],
});

describe.each(ABIS)('$name', (abi) => {
  test.each([[['a', 'b']], [['b', 'a']]])(
    'several inputs in the order %j, several outputs',
    async (order) => {
      const given = { a: f32([5, 7]), b: f32([1, 2]) };
      const inputs = Object.fromEntries(order.map((name) => [name, given[name as 'a' | 'b']]));
      expect(await computedOutputs(abi, THREE, inputs, ['first', 'sum', 'sub'])).toEqual({
        names: ['sub', 'sum', 'first'],
        values: {
          sub: seenValue(abi, f32([4, 5])),
          sum: seenValue(abi, f32([6, 9])),
          first: seenValue(abi, f32([5, 7])),
        },
      });
    },
  );

  test.each([1, 2, 7])('a batch of %i passes where the graph leaves the batch open', async (batch) => {
    const elements = Array.from({ length: batch * 6 }, (_, i) => i);
    const x = f32(elements, [batch, 2, 3]);
    const result = await computedOutputs(abi, identityModel('FLOAT', ['batch', 2, 3]), { x });
    expect(result).toMatchObject({ values: { y: seenValue(abi, x) } });
  });

  test('an output has the shape that it turned out to have', async () => {
    const some = await computedOutputs(abi, NON_ZERO, { x: f32([0, 1, 0, 0, 0, 1], [2, 3]) });
    expect(some).toMatchObject({ values: { y: seenValue(abi, i64([0, 1, 1, 2], [2, 2])) } });
    const none = await computedOutputs(abi, NON_ZERO, { x: f32([0, 0], [1, 2]) });
    expect(none).toMatchObject({ values: { y: seenValue(abi, i64([], [2, 0])) } });
  });

  test.each<[Dims: readonly number[]]>([[[]], [[1]]])('a scalar may be given as %j', async (dims) => {
    const scalar = await computedOutputs(abi, identityModel('FLOAT', []), { x: f32([4], dims) });
    expect(scalar).toMatchObject({ values: { y: seenValue(abi, f32([4], [1])) } });
  });

  test('a tensor without elements passes', async () => {
    const result = await computedOutputs(abi, identityModel('FLOAT'), { x: f32([], [2, 0]) });
    expect(result).toMatchObject({ values: { y: seenValue(abi, f32([], [2, 0])) } });
  });

  test('inputs may go by their indices, as in guests for engines that know no names', async () => {
    const steps = [
      [open('three'), tensor('a', f32([5])), tensor('b', f32([3]))],
      compute('', 'three', [
        ['1', 'b'],
        ['0', 'a'],
      ]),
      read('sub'),
    ];
    const outcomes = await abi.run(steps, { graphs: { three: THREE } });
    expect(seenValue(abi, valueOf(outcomes.slice(-3)))).toEqual(seenValue(abi, f32([2])));
  });

  test('an input that is called by the number of another is not mistaken for it', async () => {
    const model = onnxModel({
      inputs: [vector('1'), vector('0')],
      outputs: [vector('y')],
      nodes: [{ op: 'Sub', inputs: ['1', '0'], outputs: ['y'] }],
    });
    const result = await computedOutputs(abi, model, { 1: f32([5]), 0: f32([3]) });
    expect(result).toMatchObject({ values: { y: seenValue(abi, f32([2])) } });
  });
});
