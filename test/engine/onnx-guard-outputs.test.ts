/** Outputs that are too large are refused inside the run: nobody can know their size before, and after it is late. */
import { expect, test } from 'vitest';
import { guardOutputs, excessOf } from '../../src/engine/onnx/guard-outputs.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { allocatingModel } from '../support/onnx-models.ts';
import { runModel, type RawTensor } from '../support/onnx-session.ts';

const number = (value: number): RawTensor => ({ type: 'float64', data: Float64Array.of(value), dims: [] });
const shape = (length: bigint): RawTensor => ({ type: 'int64', data: BigInt64Array.of(length), dims: [1] });

/** `y` = zeros (FLOAT) of the shape in `shape`, and `z` the same as INT8. */
const twoOutputs = (opset: number) =>
  onnxModel({
    opset,
    inputs: [{ name: 'shape', type: 'INT64', dims: [null] }],
    outputs: [
      { name: 'y', type: 'FLOAT' },
      { name: 'z', type: 'INT8' },
    ],
    nodes: [
      { op: 'ConstantOfShape', inputs: ['shape'], outputs: ['y'] },
      { op: 'Cast', inputs: ['y'], outputs: ['z'], attributes: { to: { int: 3 } } },
    ],
  });

const OUTPUTS = [
  { name: 'y', width: 4 },
  { name: 'z', width: 1 },
];

test.each([9, 13, 22])('counts the bytes of all outputs together, opset %d', (opset) => {
  const { bytes, limit } = guardOutputs(twoOutputs(opset), OUTPUTS);
  const run = (allowed: number) => runModel(bytes, { shape: shape(100n), [limit]: number(allowed) });
  expect(run(500)).toMatchObject({ y: { dims: [100] }, z: { dims: [100] } });
  expect(() => run(499)).toThrow(/out of data bounds/);
});

test('tells how many bytes there would have been', () => {
  const { bytes, limit } = guardOutputs(allocatingModel(), [{ name: 'y', width: 4 }]);
  const message = refusalOf(() => runModel(bytes, { shape: shape(1_000_000n), [limit]: number(100) }));
  expect(excessOf(message)).toBe(4_000_000);
});

test('a graph whose own Gather fails is not taken for too large', () => {
  const model = onnxModel({
    inputs: [{ name: 'x', type: 'INT64', dims: [] }],
    outputs: [{ name: 'output_guard_0_9', type: 'INT64' }],
    nodes: [{ op: 'Gather', inputs: ['table', 'x'], outputs: ['output_guard_0_9'] }],
    initializers: [{ name: 'table', type: 'INT64', dims: [1], data: BigInt64Array.of(5n) }],
  });
  const { bytes, limit } = guardOutputs(model, [{ name: 'output_guard_0_9', width: 8 }]);
  expect(limit).toBe('output_guard_1_limit');
  const x: RawTensor = { type: 'int64', data: BigInt64Array.of(7n), dims: [] };
  const message = refusalOf(() => runModel(bytes, { x, [limit]: number(1_000) }));
  expect(excessOf(message)).toBeUndefined();
});

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error('It ran.');
}
