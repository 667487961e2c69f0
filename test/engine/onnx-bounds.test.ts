import { describe, expect, test } from 'vitest';
import { GRAPH_BOUNDS } from '../../src/config/graph-bounds.ts';
import { inspectModel } from '../support/inspect-model.ts';
import { doubtOfLoad } from '../../src/engine/backends/onnx/file/load-doubt.ts';
import {
  onnxModel,
  type FunctionSpec,
  type ModelSpec,
  type NodeSpec,
  type TensorSpec,
} from '../support/onnx-builder.ts';
import { addModel, spinningModel } from '../support/onnx-models.ts';

// Refusals by reading alone: in time proportional to the file, before the engine sees it.

describe('Functions of a model', () => {
  test('are counted as often as they are called, however often that is', () => {
    for (const depth of [30, 60])
      expect(() => inspectModel(calling(doublings(depth)))).toThrow(/nodes, each call of a function/);
    expect(() => inspectModel(calling(doublings(3_000)))).toThrow(/Infinity nodes/);
  });

  test('may not be nested so deep that the engine runs out of stack', () => {
    expect(() => inspectModel(calling(chain(3_000)))).toThrow(/3001 levels of graphs and functions/);
    expect(() => inspectModel(calling(chain(GRAPH_BOUNDS.levels)))).toThrow(/levels/);
    expect(inspectModel(calling(chain(GRAPH_BOUNDS.levels - 1))).size.levels).toBe(GRAPH_BOUNDS.levels);
  });

  test('may not call themselves, directly, through others, in a graph inside, or without being called', () => {
    const mutual = [fn('f0', [call('f1', 'a', 'z')]), fn('f1', [call('f0', 'a', 'z')])];
    const within = {
      op: 'If',
      inputs: ['a'],
      outputs: ['z'],
      attributes: { then_branch: { graph: { inputs: [], outputs: [], nodes: [call('f0', 'a', 't')] } } },
    };
    for (const functions of [[fn('f0', [call('f0', 'a', 'z')])], mutual, [fn('f0', [within])]]) {
      expect(() => inspectModel(calling(functions))).toThrow(/calls itself/);
      expect(() => inspectModel(onnxModel({ ...plain, functions }))).toThrow(/calls itself/);
    }
  });

  test('may not make much of little by the bytes that their bodies hold', () => {
    const constant = {
      op: 'Constant',
      inputs: [],
      outputs: ['z'],
      attributes: { value: { tensor: bytes(2 ** 20) } },
    };
    const calls = Array.from({ length: 300 }, (_, n) => call('f0', 'x', n === 0 ? 'y' : `n${n}`));
    const model = onnxModel({ ...plain, nodes: calls, domains: { l: 1 }, functions: [fn('f0', [constant])] });
    expect(() => inspectModel(model)).toThrow(/bytes of functions/);
  });

  test('may be given once under one name', () => {
    const one = fn('f0', [neg('a', 'z')]);
    expect(() => inspectModel(calling([one, one]))).toThrow(/two functions "l:f0"/);
  });

  test('by the thousand, twenty deep, as exporters write them, are read', () => {
    const functions = Array.from({ length: 150 }, (_, n) =>
      Array.from({ length: 20 }, (__, depth) =>
        fn(
          `f${n}_${depth}`,
          depth === 0 ? [neg('a', 'z')] : [call(`f${n}_${depth - 1}`, 'a', 't'), neg('t', 'z')],
        ),
      ),
    ).flat();
    const nodes = Array.from({ length: 150 }, (_, n) => call(`f${n}_19`, 'x', n === 0 ? 'y' : `n${n}`));
    const { size } = inspectModel(onnxModel({ ...plain, nodes, domains: { l: 1 }, functions }));
    expect(size).toMatchObject({ functions: 3_000, levels: 21, nodes: 150 + 150 * (20 + 19) });
  });
});

describe('A model', () => {
  test('of 50,000 nodes, and one that joins 500 tensors, are read', () => {
    const nodes = Array.from({ length: 50_000 }, (_, n) => neg(n === 0 ? 'x' : `n${n - 1}`, `n${n}`));
    expect(inspectModel(onnxModel({ ...plain, nodes })).size.nodes).toBe(50_000);
    expect(inspectModel(onnxModel({ ...plain, nodes: [joined(500)] })).size.nodes).toBe(1);
  });

  test.each<[string, Partial<ModelSpec>, RegExp]>([
    ['a node of 20,000 inputs', { nodes: [joined(20_000)] }, /"Concat"\) has 20001 inputs and outputs/],
    [
      'a sparse tensor of giant dimensions',
      sparse([1_000_000, 1_000]),
      /Sparse tensors have dimensions for 1000000000/,
    ],
    ['a sparse tensor whose size no number holds', sparse(Array<number>(60).fill(2 ** 40)), /Sparse tensors/],
    [
      'many sparse tensors that are giant together',
      { sparseInitializers: Array.from({ length: 5 }, () => sparseSpec([2 ** 24])) },
      /Sparse tensors/,
    ],
    [
      'a tensor with more elements than bytes',
      weights([2 ** 40]),
      /"w" has dimensions for 1099511627776 elements/,
    ],
    ['a tensor whose size wraps round to nothing', weights([2 ** 32, 2 ** 32]), /has dimensions for/],
    ['a tensor of thousands of dimensions', weights(Array<number>(2_000).fill(1)), /more than the 1024/],
    [
      'an input of thousands of dimensions',
      { inputs: [{ name: 'x', type: 'FLOAT', dims: Array<number>(2_000).fill(1) }] },
      /more than the 1024/,
    ],
    ['a tensor of a negative size', weights([-1, -4]), /dimension of -1/],
    ['properties of megabytes', { metadata: { a: 'x'.repeat(5_000_000) } }, /bytes of properties/],
    ['names of megabytes', { inputs: [{ name: 'x'.repeat(5_000_000), type: 'FLOAT' }] }, /bytes of inputs/],
    ['thousands of operator sets', { domains: named(2_000) }, /1025 operator sets/],
    [
      'thousands of outputs',
      { outputs: Object.keys(named(5_000)).map((name) => ({ name, type: 'FLOAT' as const })) },
      /2049 outputs/,
    ],
    [
      'thousands of inputs',
      { inputs: Object.keys(named(2_100)).map((name) => ({ name, type: 'FLOAT' as const })) },
      /2101 inputs without a default value and outputs/,
    ],
  ])('with %s is refused', (_, part, message) => {
    expect(() => inspectModel(onnxModel({ ...plain, ...part }))).toThrow(message);
  });

  test('may have tensors without elements, whatever their other dimensions are', () => {
    expect(inspectModel(onnxModel({ ...plain, ...weights([2 ** 40, 2 ** 40, 0]) })).size.initializers).toBe(
      1,
    );
  });
});

describe('A graph is loaded without being tried first', () => {
  test('that is plain arithmetic on what it is given', () => {
    expect(doubt(addModel('FLOAT', ['n']))).toBeUndefined();
    expect(doubt(onnxModel({ ...plain, ...weights([1]), nodes: [adding('x', 'w')] }))).toBeUndefined();
  });

  test.each<[string, Partial<ModelSpec>, RegExp]>([
    ['functions', { functions: [fn('f0', [neg('a', 'z')])] }, /functions/],
    ['a sparse tensor', sparse([4]), /sparse/],
    ['another operator', { nodes: [joined(2)] }, /it uses ai.onnx:Concat/],
    ['an operator of its own', { nodes: [call('Neg', 'x', 'y')] }, /it uses l:Neg/],
    ['101 nodes', { nodes: Array.from({ length: 101 }, (_, n) => neg('x', `n${n}`)) }, /nodes are 101/],
    [
      'what is made of constants',
      { ...weights([1]), nodes: [adding('w', 'w')] },
      /Add is given constants alone/,
    ],
    [
      'what is made of the default of an input',
      { ...weights([1]), inputs: [{ name: 'w', type: 'FLOAT' }], nodes: [adding('w', 'w')] },
      /Add is given constants alone/,
    ],
    [
      'a node before what it needs',
      { nodes: [adding('c', 'c'), { op: 'Identity', inputs: ['x'], outputs: ['c'] }] },
      /Add is given constants alone/,
    ],
  ])('unless it has %s', (_, part, message) => {
    expect(doubt(onnxModel({ ...plain, ...part }))).toMatch(message);
  });

  test('unless it has a graph inside', () => {
    expect(doubt(spinningModel())).toMatch(/graphs inside/);
  });
});

const plain: ModelSpec = {
  inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
  outputs: [{ name: 'y', type: 'FLOAT' }],
  nodes: [neg('x', 'y')],
};

function doubt(model: Uint8Array): string | undefined {
  return doubtOfLoad(inspectModel(model), model.byteLength);
}

function neg(input: string, output: string): NodeSpec {
  return { op: 'Neg', inputs: [input], outputs: [output] };
}

function adding(a: string, b: string): NodeSpec {
  return { op: 'Add', inputs: [a, b], outputs: ['y'] };
}

function call(name: string, input: string, output: string): NodeSpec {
  return { op: name, domain: 'l', inputs: [input], outputs: [output] };
}

function fn(name: string, nodes: NodeSpec[]): FunctionSpec {
  return { name, domain: 'l', inputs: ['a'], outputs: ['z'], nodes };
}

/** `f0` computes, and each further one calls the one before it. */
function chain(length: number): FunctionSpec[] {
  return Array.from({ length }, (_, n) =>
    fn(`f${n}`, [n === 0 ? neg('a', 'z') : call(`f${n - 1}`, 'a', 'z')]),
  );
}

function doublings(depth: number): FunctionSpec[] {
  return chain(depth).map((each) => ({ ...each, nodes: [...each.nodes, ...each.nodes] }));
}

/** Calls the last of the functions. */
function calling(functions: FunctionSpec[]): Uint8Array {
  const nodes = [call(functions.at(-1)?.name ?? '', 'x', 'y')];
  return onnxModel({ ...plain, nodes, domains: { l: 1 }, functions });
}

function joined(inputs: number): NodeSpec {
  return {
    op: 'Concat',
    inputs: Array<string>(inputs).fill('x'),
    outputs: ['y'],
    attributes: { axis: { int: 0 } },
  };
}

function bytes(length: number): TensorSpec {
  return { name: 'w', type: 'UINT8', dims: [length], data: new Uint8Array(length) };
}

function weights(dims: number[]): Partial<ModelSpec> {
  return { initializers: [{ name: 'w', type: 'FLOAT', dims, data: Float32Array.of(1) }] };
}

function sparseSpec(dims: number[]): NonNullable<ModelSpec['sparseInitializers']>[number] {
  return {
    values: { name: 's', type: 'FLOAT', dims: [1], data: Float32Array.of(1) },
    indices: { type: 'INT64', dims: [1], data: BigInt64Array.of(0n) },
    dims,
  };
}

function sparse(dims: number[]): Partial<ModelSpec> {
  return { sparseInitializers: [sparseSpec(dims)] };
}

function named(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n}`, 1]));
}
