/** Small inputs over which ONNX Runtime would end the process, or stay in an operator for ever. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSandpiper, type ClientTensor, type Sandpiper } from '../../src/index.ts';
import { graphRepository, type GraphRepository } from '../support/graph-models.ts';
import { onnxModel } from '../support/onnx-builder.ts';

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
