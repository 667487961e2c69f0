import { expect, test } from 'vitest';
import type { ElementType, TensorType } from '../../src/element-types.ts';
import { computeOnce } from '../support/guest-probe.ts';
import { asRead, u8 } from '../support/guest-values.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { addModel, identityModel } from '../support/onnx-models.ts';

/** Numbers that a careless copy would change: signs of zero, subnormals, extremes, infinities, quiet NaNs. */
const FP16 = Uint16Array.of(0x3c00, 0x8000, 0x0001, 0x83ff, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x7e01, 0xfe55);
const BF16 = Uint16Array.of(0x3f80, 0x8000, 0x0001, 0x807f, 0x7f7f, 0x7f80, 0xff80, 0x3c31);
const FP32 = Uint32Array.of(
  0x3f800000,
  0x80000000,
  0x00000001,
  0x807fffff,
  0x7f7fffff,
  0x7f800000,
  0xff800000,
  0x7fc00001,
  0x7f800001,
);
const FP64 = BigUint64Array.of(1n << 63n, 1n, 0x7fef_ffff_ffff_ffffn, 0x7ff0n << 48n, (0x7ff8n << 48n) + 77n);

test.each<[TensorType, ElementType, ArrayBufferView & { length: number }]>([
  ['FP16', 'FLOAT16', FP16],
  ['BF16', 'BFLOAT16', BF16],
  ['FP32', 'FLOAT', FP32],
  ['FP64', 'DOUBLE', FP64],
  ['U8', 'UINT8', Uint8Array.of(0, 1, 127, 128, 255)],
  ['I32', 'INT32', Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31))],
  ['I64', 'INT64', BigInt64Array.of(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n)],
  ['U8', 'INT8', Int8Array.of(0, -1, 127, -128)],
  ['U8', 'BOOL', Uint8Array.of(0, 1, 1, 0)],
  ['I32', 'UINT32', Uint32Array.of(0, 2 ** 32 - 1)],
  ['I64', 'UINT64', BigUint64Array.of(0n, 2n ** 64n - 1n)],
])('%s carries %s there and back, bit for bit', async (type, elementType, data) => {
  const x = { type, dimensions: [data.length], data };
  const { values } = assertRan(await computeOnce(identityModel(elementType, ['n']), { x }));
  expect(values['y']).toEqual(asRead(x));
});

test('a BF16 NaN stays a NaN of the same sign', async () => {
  const x = { type: 'BF16', dimensions: [3], data: Uint16Array.of(0x7fc0, 0x7fc1, 0xffc1) } as const;
  const { values } = assertRan(await computeOnce(identityModel('BFLOAT16', [3]), { x }));
  const words = [...new Uint16Array(Uint8Array.from(values['y']?.data as Uint8Array).buffer)];
  expect(words.map((word) => (word & 0x7fff) > 0x7f80)).toEqual([true, true, true]);
  expect(words.map((word) => word >> 15)).toEqual([0, 0, 1]);
});

test('FP16 is computed as FP16', async () => {
  const half = (data: Uint16Array) => ({ type: 'FP16', dimensions: [2], data }) as const;
  // 1 + 2 = 3, and the largest half twice is infinity.
  const inputs = { x: half(Uint16Array.of(0x3c00, 0x7bff)), w: half(Uint16Array.of(0x4000, 0x7bff)) };
  const { values } = assertRan(await computeOnce(addModel('FLOAT16', [2]), inputs));
  expect(values['y']).toEqual(asRead(half(Uint16Array.of(0x4200, 0x7c00))));
});

test('what a carried type means is up to the graph: U8 of 255 is -1 to a graph of INT8', async () => {
  const toFloat = onnxModel({
    inputs: [{ name: 'x', type: 'INT8', dims: [2] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [2] }],
    nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { int: 1 } } }],
  });
  const { values } = assertRan(await computeOnce(toFloat, { x: u8([255, 1]) }));
  expect(values['y']?.data).toEqual(new Uint8Array(Float32Array.of(-1, 1).buffer));
});

test('a BOOL is 0 or 1, and any other byte is an invalid argument', async () => {
  expect(await computeOnce(identityModel('BOOL', [3]), { x: u8([1, 0, 2]) })).toEqual({
    code: 'invalid-argument',
    message: 'Input "x" is BOOL, each element a byte of 0 or 1, and has another value.',
  });
});

function assertRan(
  result: Awaited<ReturnType<typeof computeOnce>>,
): Extract<typeof result, { names: string[] }> {
  if ('code' in result) throw new Error(`${result.code}: ${result.message}`);
  return result;
}
