/** Small inputs over which ONNX Runtime would end the process, or stay in an operator for ever. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSandpiper, type ClientTensor, type Sandpiper } from '../../src/index.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { onnxModel, type NodeSpec } from '../support/onnx-builder.ts';

let repository: GraphRepository;
let service: Sandpiper;
beforeAll(async () => {
  repository = await graphRepository({
    norm: onnxModel({
      inputs: [{ name: 'x', type: 'FLOAT', dims: [1, 1, null] }],
      outputs: [{ name: 'y', type: 'FLOAT' }],
      initializers: ['scale', 'bias'].map((name) => ({
        name,
        type: 'FLOAT',
        dims: [1],
        data: Float32Array.of(1),
      })),
      nodes: [{ op: 'InstanceNormalization', inputs: ['x', 'scale', 'bias'], outputs: ['y'] }],
    }),
    convolve: onnxModel({
      inputs: [
        { name: 'x', type: 'FLOAT', dims: ['n', 1, 'h', 'w'] },
        { name: 'kernel', type: 'FLOAT', dims: [1, 1, 'a', 'b'] },
      ],
      outputs: [{ name: 'y', type: 'FLOAT' }],
      nodes: [{ op: 'Conv', inputs: ['x', 'kernel'], outputs: ['y'] }],
    }),
    best: onnxModel({
      inputs: [{ name: 'x', type: 'FLOAT', dims: ['n', 3] }],
      outputs: [
        { name: 'y', type: 'FLOAT' },
        { name: 'at', type: 'INT64' },
      ],
      initializers: [{ name: 'k', type: 'INT64', dims: [1], data: BigInt64Array.of(2n) }],
      nodes: [{ op: 'TopK', inputs: ['x', 'k'], outputs: ['y', 'at'] }],
    }),
    quantized: quantizedSum(),
    product: onnxModel({
      inputs: [
        { name: 'x', type: 'FLOAT' },
        { name: 'w', type: 'FLOAT' },
      ],
      outputs: [{ name: 'y', type: 'FLOAT' }],
      nodes: [
        { op: 'Einsum', inputs: ['x', 'w'], outputs: ['y'], attributes: { equation: { text: 'ij,jk->ik' } } },
      ],
    }),
    'product-and-setting': onnxModel({
      inputs: [
        { name: 'x', type: 'FLOAT', dims: ['i', 'j'] },
        { name: 'times', type: 'INT64' },
      ],
      outputs: [{ name: 'y', type: 'FLOAT' }],
      nodes: [
        {
          op: 'Einsum',
          inputs: ['x', 'x'],
          outputs: ['xx'],
          attributes: { equation: { text: 'ij,jk->ik' } },
        },
        { op: 'Cast', inputs: ['times'], outputs: ['factor'], attributes: { to: { int: 1 } } },
        { op: 'Mul', inputs: ['xx', 'factor'], outputs: ['y'] },
      ],
    }),
    join: onnxModel({
      inputs: [
        { name: 'x', type: 'FLOAT' },
        { name: 'w', type: 'FLOAT', dims: ['n', 'm'] },
      ],
      outputs: [{ name: 'y', type: 'FLOAT' }],
      nodes: [{ op: 'Concat', inputs: ['x', 'w'], outputs: ['y'], attributes: { axis: { int: 0 } } }],
    }),
    divide: onnxModel({
      inputs: [
        { name: 'x', type: 'INT64', dims: ['n'] },
        { name: 'by', type: 'INT64', dims: ['n'] },
      ],
      outputs: [{ name: 'y', type: 'INT64', dims: ['n'] }],
      nodes: [{ op: 'Div', inputs: ['x', 'by'], outputs: ['y'] }],
    }),
  });
  const { path } = repository;
  service = await openSandpiper({ models: path, cacheDir: path, guestThreads: 1, logLevel: 'silent' });
});
afterAll(async () => {
  await service.close();
  await repository[Symbol.asyncDispose]();
});

/** `y = x + w`, of which the engine makes one operator over bytes. */
function quantizedSum(): Uint8Array {
  const step = (op: string, from: string, to: string): NodeSpec => ({
    op,
    inputs: [from, 'scale', 'zero'],
    outputs: [to],
  });
  const rounded = (from: string, to: string): NodeSpec[] => [
    step('QuantizeLinear', from, `${to}-bytes`),
    step('DequantizeLinear', `${to}-bytes`, to),
  ];
  return onnxModel({
    inputs: ['x', 'w'].map((name) => ({ name, type: 'FLOAT', dims: ['n', 'm'] })),
    outputs: [{ name: 'y', type: 'FLOAT' }],
    initializers: [
      { name: 'scale', type: 'FLOAT', dims: [], data: Float32Array.of(1) },
      { name: 'zero', type: 'UINT8', dims: [], data: Uint8Array.of(0) },
    ],
    nodes: [
      ...rounded('x', 'x1'),
      ...rounded('w', 'w1'),
      { op: 'Add', inputs: ['x1', 'w1'], outputs: ['sum'] },
      ...rounded('sum', 'y'),
    ],
  });
}

const fp32 = (name: string, shape: readonly number[], ...elements: number[]): ClientTensor => ({
  name,
  datatype: 'FP32',
  shape,
  data: new Uint8Array(Float32Array.from(elements).buffer),
});

const int64 = (name: string, value: bigint): ClientTensor => ({
  name,
  datatype: 'INT64',
  shape: [1],
  data: new Uint8Array(BigInt64Array.of(value).buffer),
});

async function refusal(model: string, ...inputs: ClientTensor[]): Promise<unknown> {
  return service.infer(model, inputs).catch((error: unknown) => error);
}

async function answer(model: string, ...inputs: ClientTensor[]): Promise<ClientTensor | undefined> {
  return (await service.infer(model, inputs)).outputs[0];
}

test('A tensor without elements is refused where an operator can make nothing of it', async () => {
  expect(await refusal('norm', fp32('x', [1, 1, 0]))).toMatchObject({
    code: 'invalid-request',
    message: 'Input "x" has no elements, of which InstanceNormalization of the graph can make nothing.',
  });
  expect(await answer('norm', fp32('x', [1, 1, 2], -3, 3))).toMatchObject({ shape: [1, 1, 2] });
});

test('So is one where that comes of a batch of none, or of bytes in the place of numbers', async () => {
  expect(await refusal('best', fp32('x', [0, 3]))).toMatchObject({
    code: 'invalid-request',
    message: 'Input "x" has no elements, of which TopK of the graph can make nothing.',
  });
  expect(await answer('best', fp32('x', [1, 3], 1, 3, 2))).toMatchObject({ shape: [1, 2] });
  expect(await refusal('quantized', fp32('x', [0, 1]), fp32('w', [1, 1], 1))).toMatchObject({
    code: 'invalid-request',
    message: 'Input "x" has no elements, of which Add of the graph can make nothing.',
  });
  expect(await answer('quantized', fp32('x', [1, 1], 2), fp32('w', [1, 1], 1))).toMatchObject({
    data: new Uint8Array(Float32Array.of(3).buffer),
  });
});

test('An input whose number of dimensions the graph leaves open is refused where a wrong one is fatal', async () => {
  const remedy =
    'would end the process over another than it expects: save the graph with the shape of its inputs.';
  // A graph is tried with inputs of its own shapes as it is loaded.
  expect(service.notServed).toMatchObject([
    {
      model: 'product',
      reason: `Cannot serve model product: Input "x" has no number of dimensions in the graph, and Einsum ${remedy}`,
    },
  ]);
  expect(await refusal('join', fp32('x', [0]), fp32('w', [1, 1], 1))).toMatchObject({
    code: 'invalid-request',
    message: `Input "x" has the shape [0] and no number of dimensions in the graph, and Concat ${remedy}`,
  });
  expect(await answer('product-and-setting', fp32('x', [1, 1], 3), int64('times', 2n))).toMatchObject({
    data: new Uint8Array(Float32Array.of(18).buffer),
  });
  expect(await answer('join', fp32('x', [1, 1], 2), fp32('w', [1, 1], 1))).toMatchObject({ shape: [2, 1] });
});

test('The least whole number is refused where it may be divided by -1', async () => {
  expect(await refusal('divide', int64('x', -(2n ** 63n)), int64('by', -1n))).toMatchObject({
    code: 'invalid-request',
    message: 'Input "x" has the least whole number of its type, which Div of the graph may not divide by -1.',
  });
  expect(await answer('divide', int64('x', 1n - 2n ** 63n), int64('by', -1n))).toMatchObject({
    data: new Uint8Array(BigInt64Array.of(2n ** 63n - 1n).buffer),
  });
});

test('A kernel of no size is refused, over which a convolution would never end', async () => {
  const picture = (): ClientTensor => fp32('x', [1, 1, 2, 2], 1, 2, 3, 4);
  for (const shape of [
    [1, 1, 0, 0],
    [1, 1, 0, 1],
  ]) {
    expect(await refusal('convolve', picture(), fp32('kernel', shape))).toMatchObject({
      code: 'invalid-request',
      message: `Input "kernel" has the shape [${shape.join(', ')}], and Conv of the graph takes no height, width or further extent of 0.`,
    });
  }
  const kernel = (): ClientTensor => fp32('kernel', [1, 1, 1, 1], 2);
  expect(await answer('convolve', picture(), kernel())).toMatchObject({
    data: new Uint8Array(Float32Array.of(2, 4, 6, 8).buffer),
  });
  expect(await answer('convolve', fp32('x', [0, 1, 2, 2]), kernel())).toMatchObject({ shape: [0, 1, 2, 2] });
});
