import { expect, test } from 'vitest';
import type { ElementType } from '../../src/engine/onnx/element-types.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import {
  addModel,
  allocatingModel,
  externalDataModel,
  foldedAllocationModel,
  identityModel,
  spinningModel,
  unknownOperatorModel,
} from '../support/onnx-models.ts';
import { openSession, runModel, type RawTensor } from '../support/onnx-session.ts';

/** What ONNX Runtime's Node binding does, as far as the engine is built on it. */

const int64 = (values: readonly bigint[], dims: number[]): RawTensor => ({
  type: 'int64',
  data: BigInt64Array.from(values),
  dims,
});

test.each<[ElementType, string, Exclude<RawTensor['data'], string[]>]>([
  ['FLOAT', 'float32', Float32Array.of(1, -0, Infinity)],
  ['DOUBLE', 'float64', Float64Array.of(1, -0, Infinity)],
  ['INT8', 'int8', Int8Array.of(1, -2, 3)],
  ['UINT8', 'uint8', Uint8Array.of(1, 2, 255)],
  ['INT16', 'int16', Int16Array.of(1, -2, 3)],
  ['UINT16', 'uint16', Uint16Array.of(1, 2, 65_535)],
  ['INT32', 'int32', Int32Array.of(1, -2, 3)],
  ['UINT32', 'uint32', Uint32Array.of(1, 2, 4_294_967_295)],
  ['INT64', 'int64', BigInt64Array.of(1n, -2n, 3n)],
  ['UINT64', 'uint64', BigUint64Array.of(1n, 2n, 3n)],
  ['BOOL', 'bool', Uint8Array.of(1, 0, 7)],
])('a %s tensor passes as %s', (elementType, type, data) => {
  const y = runModel(identityModel(elementType, [3]), { x: { type, data, dims: [3] } })['y'];
  expect(y).toMatchObject({ type, dims: [3] });
  expect(y?.data).toEqual(data);
});

test('a FLOAT16 tensor goes in as a Uint16Array and comes out as a Float16Array', () => {
  const words = Uint16Array.of(0x3c00, 0x7e01);
  const model = identityModel('FLOAT16', [2]);
  const y = runModel(model, { x: { type: 'float16', data: words, dims: [2] } })['y']?.data;
  expect(y?.constructor.name).toBe('Float16Array');
  if (!ArrayBuffer.isView(y)) throw new Error('no array came back');
  expect(new Uint16Array(y.buffer)).toEqual(words);
  // The same array type that comes out does not go in.
  expect(() => runModel(model, { x: { type: 'float16', data: y, dims: [2] } })).toThrow('not enough space');
});

test('a STRING tensor passes as an array of strings, each cut at a NUL', () => {
  const data = ['a', 'é', 'x\0y'];
  const y = runModel(identityModel('STRING', [3]), { x: { type: 'string', data, dims: [3] } })['y'];
  expect(y?.data).toEqual(['a', 'é', 'x']);
});

test.each([[[]], [[0, 3]], [[2, 0]], [[3, 1, 0, 2]]])('a tensor of dimensions %j passes', (dims) => {
  const size = dims.reduce((product: number, dim) => product * dim, 1);
  const x = { type: 'float32', data: new Float32Array(size), dims };
  expect(runModel(identityModel('FLOAT'), { x })['y']).toMatchObject({ dims, data: new Float32Array(size) });
});

test('too few elements are refused, and too many are not noticed', () => {
  const x = (length: number) => ({ type: 'float32', data: new Float32Array(length), dims: [2] });
  expect(() => runModel(identityModel('FLOAT', [2]), { x: x(1) })).toThrow('not enough space');
  expect(runModel(identityModel('FLOAT', [2]), { x: x(3) })['y']?.data).toHaveLength(2);
});

test('a missing input shows only when a kernel meets it', () => {
  const x = { type: 'float32', data: new Float32Array(1), dims: [1] };
  expect(() => runModel(addModel('FLOAT', [1]), { x })).toThrow(/Missing Input: w/);
});

test('an output has a buffer of its own, which may be transferred', () => {
  const data = Float32Array.of(5);
  const y = runModel(identityModel('FLOAT', [1]), { x: { type: 'float32', data, dims: [1] } })['y']?.data;
  if (!(y instanceof Float32Array && y.buffer instanceof ArrayBuffer)) throw new Error('no floats came back');
  expect(y.buffer).not.toBe(data.buffer);
  expect(structuredClone(y, { transfer: [y.buffer] })).toEqual(data);
  expect(y.buffer.detached).toBe(true);
});

test('several outputs come back by name, and dynamic dimensions as they turned out', () => {
  const model = onnxModel({
    inputs: [{ name: 'x', type: 'INT64', dims: ['n', null] }],
    outputs: [
      { name: 'sum', type: 'INT64', dims: [] },
      { name: 'shape', type: 'INT64', dims: [2] },
    ],
    nodes: [
      { op: 'ReduceSum', inputs: ['x'], outputs: ['sum'], attributes: { keepdims: { int: 0 } } },
      { op: 'Shape', inputs: ['x'], outputs: ['shape'] },
    ],
  });
  const { sum, shape } = runModel(model, { x: int64([1n, 2n, 3n], [3, 1]) });
  expect(sum).toMatchObject({ dims: [], data: BigInt64Array.of(6n) });
  expect(shape?.data).toEqual(BigInt64Array.of(3n, 1n));
});

test('a loop spins as often as it is told', () => {
  expect(runModel(spinningModel(), { iterations: int64([2_000n], []) })['y']?.data).toEqual(
    BigInt64Array.of(2_000n),
  );
});

test('an unknown operator is refused when the model is loaded', () => {
  expect(() => openSession(unknownOperatorModel())).toThrow(/No Op registered for NoSuchOperator/);
});

test.each(['../../etc/passwd', '/etc/passwd', 'no-such-file', '*/_ORT_MEM_ADDR_/*'])(
  'external data at %s are refused when the model is loaded',
  (location) => {
    expect(() => openSession(externalDataModel(location))).toThrow();
  },
);

test.each([[[2n ** 40n]], [[2n ** 32n, 2n ** 32n]]])(
  'a tensor of absurd size %s is refused when it runs',
  (dims) => {
    expect(() => runModel(allocatingModel(), { shape: int64(dims, [dims.length]) })).toThrow(
      /ConstantOfShape/,
    );
    const folded = openSession(foldedAllocationModel(dims));
    expect(() => folded.run({}, { y: null }, {})).toThrow(/ConstantOfShape/);
  },
);
