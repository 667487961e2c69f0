import { beforeAll, describe, expect, test } from 'vitest';
import type { ElementType, TensorType } from '../../src/element-types.ts';
import { compute, open, read, tensor, valueOf, type Outcome, type Value } from '../support/guest-script.ts';
import { identityModel } from '../support/onnx-models.ts';
import { ABIS, hasTypes, seenValue } from './abi.ts';

const CASES: [TensorType, ElementType, ArrayBufferView & { length: number }][] = [
  ['FP16', 'FLOAT16', Uint16Array.of(0x3c00, 0x8000, 0x0001, 0x7bff, 0x7c00, 0x7e01)],
  ['BF16', 'BFLOAT16', Uint16Array.of(0x3f80, 0x8000, 0x0001, 0x7f7f, 0xff80)],
  ['FP32', 'FLOAT', Uint32Array.of(0x3f800000, 0x80000000, 0x00000001, 0x7f7fffff, 0x7fc00001)],
  ['FP64', 'DOUBLE', BigUint64Array.of(1n << 63n, 1n, (0x7ff8n << 48n) + 77n)],
  ['U8', 'UINT8', Uint8Array.of(0, 1, 127, 128, 255)],
  ['I32', 'INT32', Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31))],
  ['I64', 'INT64', BigInt64Array.of(0n, -1n, 2n ** 63n - 1n, 2n ** 53n + 1n)],
  ['U8', 'INT8', Int8Array.of(0, -1, 127, -128)],
  ['U8', 'BOOL', Uint8Array.of(0, 1, 1, 0)],
  ['I32', 'UINT32', Uint32Array.of(0, 2 ** 32 - 1)],
  ['I64', 'UINT64', BigUint64Array.of(0n, 2n ** 64n - 1n)],
];

describe.each(ABIS)('$name', (abi) => {
  const cases = CASES.filter(([type]) => hasTypes(abi, type));
  const valueAt = (at: number): Value => {
    const [type, , data] = cases[at] as (typeof CASES)[number];
    return { type, dimensions: [data.length], data };
  };
  let outcomes: Outcome[] = [];

  // All types in one request, one after the other: seven outcomes each.
  beforeAll(async () => {
    const graphs = cases.map(([, elementType]) => [elementType, identityModel(elementType, ['n'])] as const);
    const script = cases.map(([, name], at) => [
      [open(name), tensor('x', valueAt(at))],
      [compute('', name, [['x', 'x']]), read('y')],
    ]);
    outcomes = await abi.run(script, { graphs: Object.fromEntries(graphs) });
  });

  test.each(cases.map(([type, elementType], at) => ({ type, elementType, at })))(
    '$type carries $elementType there and back, bit for bit',
    ({ at }) => {
      const of = outcomes.slice(at * 7, at * 7 + 7);
      expect(of[3]).toEqual({ tag: 'outputs', val: ['y'] });
      expect(seenValue(abi, valueOf(of.slice(4)))).toEqual(seenValue(abi, valueAt(at)));
    },
  );
});
