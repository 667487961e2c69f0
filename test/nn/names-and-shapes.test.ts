import { expect, test } from 'vitest';
import { computeOnce, runProbe } from '../support/guest-probe.ts';
import { compute, open, read, tensor, valueOf, type Script, type Value } from '../support/guest-script.ts';
import { asRead, f32, i64 } from '../support/guest-values.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { identityModel, spinningModel } from '../support/onnx-models.ts';

/** `sub = a - b`, `sum = a + b`, `first = a`: order and names matter. */
const THREE = onnxModel({
  inputs: [
    { name: 'a', type: 'FLOAT', dims: ['n'] },
    { name: 'b', type: 'FLOAT', dims: ['n'] },
  ],
  outputs: [
    { name: 'sub', type: 'FLOAT', dims: ['n'] },
    { name: 'sum', type: 'FLOAT', dims: ['n'] },
    { name: 'first', type: 'FLOAT', dims: ['n'] },
  ],
  nodes: [
    { op: 'Identity', inputs: ['a'], outputs: ['first'] },
    { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
    { op: 'Sub', inputs: ['a', 'b'], outputs: ['sub'] },
  ],
});

test.each([[['a', 'b']], [['b', 'a']]])('inputs in the order %j are taken by name', async (order) => {
  const given: Record<string, Value> = { a: f32([5, 7]), b: f32([1, 2]) };
  const inputs = Object.fromEntries(order.map((name) => [name, given[name] as Value]));
  const result = await computeOnce(THREE, inputs, ['first', 'sum', 'sub']);
  expect(result).toEqual({
    names: ['sub', 'sum', 'first'],
    values: { sub: asRead(f32([4, 5])), sum: asRead(f32([6, 9])), first: asRead(f32([5, 7])) },
  });
});

test('a name that is a number is a name before it is an index', async () => {
  const vector = (name: string) => ({ name, type: 'FLOAT', dims: ['n'] }) as const;
  const model = onnxModel({
    inputs: [vector('1'), vector('0')],
    outputs: [vector('y')],
    nodes: [{ op: 'Sub', inputs: ['1', '0'], outputs: ['y'] }],
  });
  const result = await computeOnce(model, { '0': f32([2]), '1': f32([5]) });
  expect(result).toEqual({ names: ['y'], values: { y: asRead(f32([3])) } });
});

test('names are any text, those of JavaScript’s own properties and of other scripts included', async () => {
  const names = ['toString', '__proto__', 'größe 日本 🙂', 'a\nb', 'constructor'];
  const model = onnxModel({
    inputs: names.map((name) => ({ name, type: 'FLOAT', dims: [1] })),
    outputs: [{ name: 'hasOwnProperty', type: 'FLOAT', dims: [1] }],
    nodes: [{ op: 'Sum', inputs: names, outputs: ['hasOwnProperty'] }],
  });
  const steps: Script = [
    open('model'),
    ...names.map((name, i) => tensor(name, f32([2 ** i]))),
    compute(
      '',
      'model',
      names.map((name) => [name, name]),
    ),
    read('hasOwnProperty'),
  ];
  const outcomes = await runProbe(steps, { graphs: { model } });
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([31])));
});

test.each([1, 2, 7])('a batch of %i passes where the graph leaves the batch open', async (batch) => {
  const x = f32(
    Array.from({ length: batch * 6 }, (_, i) => i),
    [batch, 2, 3],
  );
  const result = await computeOnce(identityModel('FLOAT', ['batch', 2, 3]), { x });
  expect(result).toEqual({ names: ['y'], values: { y: asRead(x) } });
});

test('an output has the shape that it turned out to have', async () => {
  const nonZero = onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [null, null] }],
    outputs: [{ name: 'y', type: 'INT64', dims: [2, 'found'] }],
    nodes: [{ op: 'NonZero', inputs: ['x'], outputs: ['y'] }],
  });
  const some = await computeOnce(nonZero, { x: f32([0, 1, 0, 0, 0, 1], [2, 3]) });
  expect(some).toMatchObject({ values: { y: asRead(i64([0, 1, 1, 2], [2, 2])) } });
  const none = await computeOnce(nonZero, { x: f32([0, 0], [1, 2]) });
  expect(none).toMatchObject({ values: { y: asRead(i64([], [2, 0])) } });
});

test.each<[Dims: readonly number[]]>([[[]], [[1]]])(
  'a scalar may be given as %j and comes back as [1]',
  async (dims) => {
    const scalar = await computeOnce(identityModel('FLOAT', []), { x: f32([4], dims) });
    expect(scalar).toMatchObject({ values: { y: asRead(f32([4], [1])) } });
    const count = await computeOnce(spinningModel(), { iterations: i64([3], dims) });
    expect(count).toMatchObject({ values: { y: asRead(i64([3], [1])) } });
  },
);

test('a scalar output is another graph’s [1], and an output of [1] another graph’s scalar', async () => {
  const graphs = { scalar: identityModel('FLOAT', []), vector: identityModel('FLOAT', ['n']) };
  const outcomes = await runProbe(
    [
      [open('scalar'), open('vector'), tensor('x', f32([4], [1]))],
      compute('one ', 'scalar', [['x', 'x']]),
      compute('two ', 'vector', [['x', 'one y']]),
      compute('three ', 'scalar', [['x', 'two y']]),
      read('three y'),
    ],
    { graphs },
  );
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([4], [1])));
});

test.each<[Dims: readonly number[]]>([[[0]], [[0, 3]], [[2, 0]], [[3, 0, 2, 1]]])(
  'a tensor of dimensions %j has no elements and passes',
  async (dims) => {
    const result = await computeOnce(identityModel('FLOAT'), { x: f32([], dims) });
    expect(result).toMatchObject({ values: { y: asRead(f32([], dims)) } });
  },
);

test('a graph without inputs is computed from nothing', async () => {
  const constant = onnxModel({
    inputs: [],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [2] }],
    nodes: [{ op: 'Identity', inputs: ['c'], outputs: ['y'] }],
    initializers: [{ name: 'c', type: 'FLOAT', dims: [2], data: Float32Array.of(8, 9) }],
  });
  expect(await computeOnce(constant, {})).toMatchObject({ values: { y: asRead(f32([8, 9])) } });
});

test('data() may be read twice, and a tensor that was read may still be computed with', async () => {
  const outcomes = await runProbe(
    [
      [open('same'), tensor('x', f32([1, 2]))],
      compute('', 'same', [['x', 'x']]),
      [read('y'), read('y')],
      compute('again ', 'same', [['x', 'y']]),
      read('again y'),
    ],
    { graphs: { same: identityModel('FLOAT', [2]) } },
  );
  const wanted = asRead(f32([1, 2]));
  expect(valueOf(outcomes.slice(4, 7))).toEqual(wanted);
  expect(valueOf(outcomes.slice(7, 10))).toEqual(wanted);
  expect(valueOf(outcomes.slice(11))).toEqual(wanted);
});
