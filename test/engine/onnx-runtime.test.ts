import { expect, test } from 'vitest';
import { packElements } from '../../src/byte-elements.ts';
import type { ElementType } from '../../src/element-types.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import {
  addModel,
  allocatingModel,
  externalDataModel,
  foldedAllocationModel,
  identityModel,
  unknownOperatorModel,
} from '../support/onnx-models.ts';
import { runModel } from '../support/run-model.ts';

/** Behaviour of ONNX Runtime behind its C API that the engine relies on. */

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

test.each<[ElementType, ArrayBufferView]>([
  ['FLOAT', Float32Array.of(1, -0, Infinity)],
  ['DOUBLE', Float64Array.of(1, -0, Infinity)],
  ['INT8', Int8Array.of(1, -2, 3)],
  ['UINT8', Uint8Array.of(1, 2, 255)],
  ['INT16', Int16Array.of(1, -2, 3)],
  ['UINT16', Uint16Array.of(1, 2, 65_535)],
  ['INT32', Int32Array.of(1, -2, 3)],
  ['UINT32', Uint32Array.of(1, 2, 4_294_967_295)],
  ['INT64', BigInt64Array.of(1n, -2n, 3n)],
  ['UINT64', BigUint64Array.of(1n, 2n, 3n)],
  ['BOOL', Uint8Array.of(1, 0, 1)],
  ['FLOAT16', Uint16Array.of(0x3c00, 0x7e01, 0xfc00)],
  ['BFLOAT16', Uint16Array.of(0x3f80, 0x7fc1, 0xff80)],
])('a %s tensor passes bit for bit', async (elementType, data) => {
  const bytes = bytesOf(data);
  const { y } = await runModel(identityModel(elementType, [3]), { x: { dimensions: [3], bytes } });
  expect(y).toEqual({ name: 'y', dimensions: [3], bytes });
});

test('a STRING tensor passes byte for byte, with NULs and what is not UTF-8', async () => {
  const elements = ['a', '', 'é', 'x\0y'].map((text) => Buffer.from(text));
  const bytes = packElements([...elements, Buffer.from([0xff, 0xfe])]);
  const { y } = await runModel(identityModel('STRING', [5]), { x: { dimensions: [5], bytes } });
  expect(y).toEqual({ name: 'y', dimensions: [5], bytes });
});

test('an empty STRING tensor passes', async () => {
  const { y } = await runModel(identityModel('STRING', ['n']), {
    x: { dimensions: [0], bytes: new Uint8Array() },
  });
  expect(y).toEqual({ name: 'y', dimensions: [0], bytes: new Uint8Array() });
});

test.each([[[]], [[0, 3]], [[2, 0]], [[3, 1, 0, 2]]])(
  'a tensor of dimensions %j passes',
  async (dimensions: number[]) => {
    const bytes = new Uint8Array(4 * dimensions.reduce((product, size) => product * size, 1));
    const { y } = await runModel(identityModel('FLOAT'), { x: { dimensions, bytes } });
    expect(y).toEqual({ name: 'y', dimensions, bytes });
  },
);

test('an output of a megabyte comes as it is', async () => {
  const bytes = Uint8Array.from({ length: 2 ** 20 }, (_, index) => index % 251);
  const { y } = await runModel(identityModel('UINT8', ['n']), { x: { dimensions: [2 ** 20], bytes } });
  expect(Buffer.compare(y?.bytes ?? new Uint8Array(), bytes)).toBe(0);
});

test('elements that do not begin at their own alignment are read all the same', async () => {
  const shifted = new Uint8Array(9).subarray(1);
  shifted.set(bytesOf(Float32Array.of(1, 2)));
  const { y } = await runModel(identityModel('FLOAT', [2]), { x: { dimensions: [2], bytes: shifted } });
  expect(y?.bytes).toEqual(shifted);
});

test('a BOOL byte that is neither 0 nor 1 is refused', async () => {
  const run = runModel(identityModel('BOOL', [2]), { x: { dimensions: [2], bytes: Uint8Array.of(1, 7) } });
  await expect(run).rejects.toMatchObject({
    code: 'invalid-argument',
    message: 'Input "x" is BOOL, each element a byte of 0 or 1, and has another value.',
  });
});

test('fewer bytes than the dimensions need are refused', async () => {
  const run = runModel(identityModel('FLOAT', [2]), { x: { dimensions: [2], bytes: new Uint8Array(4) } });
  await expect(run).rejects.toMatchObject({ code: 'runtime-error' });
});

test('a missing input is refused', async () => {
  const run = runModel(addModel('FLOAT', [1]), { x: { dimensions: [1], bytes: new Uint8Array(4) } });
  await expect(run).rejects.toMatchObject({ message: expect.stringContaining('Missing Input: w') });
});

test('several outputs come back by name, whatever the names, and dynamic dimensions as they turned out', async () => {
  const model = onnxModel({
    inputs: [{ name: 'x', type: 'INT64', dims: ['n', null] }],
    outputs: [
      { name: '__proto__', type: 'INT64', dims: [] },
      { name: 'shape é', type: 'INT64', dims: [2] },
    ],
    nodes: [
      { op: 'ReduceSum', inputs: ['x'], outputs: ['__proto__'], attributes: { keepdims: { int: 0 } } },
      { op: 'Shape', inputs: ['x'], outputs: ['shape é'] },
    ],
  });
  const outputs = await runModel(model, {
    x: { dimensions: [3, 1], bytes: bytesOf(BigInt64Array.of(1n, 2n, 3n)) },
  });
  expect(outputs['shape é']).toMatchObject({ dimensions: [2], bytes: bytesOf(BigInt64Array.of(3n, 1n)) });
  expect(Object.entries(outputs)[0]?.[1] ?? outputs).toMatchObject({ dimensions: expect.any(Array) });
});

test('an unknown operator is refused when the model is loaded', async () => {
  await expect(runModel(unknownOperatorModel(), {})).rejects.toMatchObject({
    code: 'unsupported-operation',
    message: expect.stringContaining('NoSuchOperator'),
  });
});

test.each(['../../etc/passwd', '/etc/passwd', 'no-such-file', '*/_ORT_MEM_ADDR_/*'])(
  'external data at %s are refused when the model is loaded',
  async (location) => {
    await expect(runModel(externalDataModel(location), {})).rejects.toMatchObject({ code: 'security' });
  },
);

test.each([[[2n ** 40n]], [[2n ** 32n, 2n ** 32n]]])(
  'a tensor of absurd size %s is refused when it runs or is loaded, and the next model runs',
  async (dims) => {
    const shape = { dimensions: [dims.length], bytes: bytesOf(BigInt64Array.from(dims)) };
    await expect(runModel(allocatingModel(), { shape })).rejects.toThrow();
    await expect(runModel(foldedAllocationModel(dims), {})).rejects.toThrow();
    const one = { dimensions: [1], bytes: bytesOf(BigInt64Array.of(2n)) };
    expect(await runModel(allocatingModel(), { shape: one })).toMatchObject({ y: { dimensions: [2] } });
  },
);
