import { expect, test } from 'vitest';
import { bfloat16FromFloat32, float32FromBfloat16 } from '../../src/engine/onnx/bfloat16.ts';
import { inspectModel } from '../../src/engine/onnx/inspect-model.ts';
import { widenBfloat16, type WidenedModel } from '../../src/engine/onnx/widen-bfloat16.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { identityModel } from '../support/onnx-models.ts';
import { openSession, runModel, type RawTensor } from '../support/onnx-session.ts';

const EVERY_BFLOAT16 = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const isNaN16 = (bits: number) => (bits & 0x7fff) > 0x7f80;
const QUIET_NAN = 0x7fc0;

test('every bfloat16 survives the way to float32 and back, NaN payloads included', () => {
  const bytes = new Uint8Array(EVERY_BFLOAT16.buffer);
  expect(Buffer.from(bfloat16FromFloat32(float32FromBfloat16(bytes))).equals(bytes)).toBe(true);
});

test('widening gives the numbers that the format means', () => {
  const words = Uint16Array.of(0x3f80, 0xc000, 0x8000, 0x7f80, 0x0001, 0x7fc0);
  const floats = float32FromBfloat16(new Uint8Array(words.buffer));
  expect([...floats]).toEqual([1, -2, -0, Infinity, 2 ** -133, NaN]);
});

test('widening takes bytes at any alignment and refuses half an element', () => {
  expect([...float32FromBfloat16(Uint8Array.of(9, 0x80, 0x3f).subarray(1))]).toEqual([1]);
  expect(() => float32FromBfloat16(new Uint8Array(3))).toThrow(RangeError);
});

test('the runtime takes no bfloat16 tensor from Node, and gives none', () => {
  const data = Uint16Array.of(0x3f80);
  for (const type of ['bfloat16', 'uint16'])
    expect(() => runModel(identityModel('BFLOAT16', [1]), { x: { type, data, dims: [1] } })).toThrow();
});

test.each(['all', 'disabled'])(
  'a widened model passes every bfloat16 value exactly (optimisation %s)',
  (level) => {
    const widened = widen(identityModel('BFLOAT16', ['n']));
    const x = float32FromBfloat16(new Uint8Array(EVERY_BFLOAT16.buffer));
    const y = runWidened(widened, { x }, { graphOptimizationLevel: level });
    const words = new Uint16Array(bfloat16FromFloat32(y).buffer);
    // The runtime's Cast keeps a NaN and its sign but not its payload.
    const expected = EVERY_BFLOAT16.map((bits) => (isNaN16(bits) ? QUIET_NAN | (bits & 0x8000) : bits));
    expect(Buffer.from(words.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  },
);

test('only the bfloat16 inputs and outputs of a model change, and keep their shapes', () => {
  const widened = widen(mixedModel());
  const facts = inspectModel(widened.bytes);
  expect([...widened.inputs.keys()]).toEqual(['x']);
  expect([...widened.outputs.keys()]).toEqual(['y']);
  expect(facts.inputs.map(({ name, elementType, dimensions }) => [name, elementType, dimensions])).toEqual([
    [widened.inputs.get('x'), 'FLOAT', ['n', 2, null]],
    ['shape', 'INT64', [1]],
  ]);
  expect(facts.outputs.map(({ elementType }) => elementType)).toEqual(['FLOAT', 'FLOAT']);
  expect(openSession(widened.bytes).outputMetadata.map(({ name }) => name)).toEqual([
    widened.outputs.get('y'),
    'z',
  ]);
});

test('a branch that uses a bfloat16 input of the graph around it still does', () => {
  const widened = widen(branchingModel());
  const pick = (choose: number) =>
    runWidened(widened, { x: Float32Array.of(3), w: Float32Array.of(4) }, {}, { choose });
  expect([...pick(1)]).toEqual([3]);
  expect([...pick(0)]).toEqual([4]);
});

test('an input that is an output at the same time is widened twice', () => {
  const widened = widen(
    onnxModel({
      inputs: [{ name: 'x', type: 'BFLOAT16', dims: [1] }],
      outputs: [{ name: 'x', type: 'BFLOAT16', dims: [1] }],
      nodes: [],
    }),
  );
  expect(widened.inputs.get('x')).not.toBe(widened.outputs.get('x'));
  expect([...runWidened(widened, { x: Float32Array.of(2) }, {}, {}, 'x')]).toEqual([2]);
});

test('a widened name is one that the model does not use', () => {
  const once = widen(identityModel('BFLOAT16', [1]));
  const name = once.inputs.get('x') ?? '';
  const model = onnxModel({
    inputs: [{ name: 'x', type: 'BFLOAT16', dims: [1] }],
    outputs: [{ name, type: 'BFLOAT16', dims: [1] }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: [name] }],
  });
  const widened = widen(model);
  expect([...runWidened(widened, { x: Float32Array.of(2) }, {}, {}, name)]).toEqual([2]);
});

test('a model without bfloat16 at its border is left alone', () => {
  const model = identityModel('FLOAT', [1]);
  expect(widenBfloat16(model, inspectModel(model))).toBeUndefined();
});

function widen(model: Uint8Array): WidenedModel {
  const widened = widenBfloat16(model, inspectModel(model));
  if (!widened) throw new Error('nothing was widened');
  return widened;
}

/** Runs with FLOAT inputs by their old names, and a BOOL `choose`; gives one output by its old name. */
function runWidened(
  { bytes, inputs, outputs }: WidenedModel,
  floats: Record<string, Float32Array>,
  options: object,
  { choose }: { choose?: number } = {},
  output = 'y',
): Float32Array {
  const feeds = Object.entries(floats).map(([name, data]): [string, RawTensor] => [
    inputs.get(name) ?? name,
    { type: 'float32', data, dims: [data.length] },
  ]);
  if (choose !== undefined) feeds.push(['choose', { type: 'bool', data: Uint8Array.of(choose), dims: [] }]);
  const result = runModel(bytes, Object.fromEntries(feeds), options)[outputs.get(output) ?? output]?.data;
  if (!(result instanceof Float32Array)) throw new Error('no floats came back');
  return result;
}

function mixedModel(): Uint8Array {
  return onnxModel({
    inputs: [
      { name: 'x', type: 'BFLOAT16', dims: ['n', 2, null] },
      { name: 'shape', type: 'INT64', dims: [1] },
    ],
    outputs: [
      { name: 'y', type: 'BFLOAT16' },
      { name: 'z', type: 'FLOAT' },
    ],
    nodes: [
      { op: 'Reshape', inputs: ['x', 'shape'], outputs: ['y'] },
      { op: 'Cast', inputs: ['x'], outputs: ['z'], attributes: { to: { int: 1 } } },
    ],
  });
}

function branchingModel(): Uint8Array {
  const take = (name: string) => ({
    inputs: [],
    outputs: [{ name: `${name}_taken`, type: 'BFLOAT16' as const, dims: [1] }],
    nodes: [{ op: 'Identity', inputs: [name], outputs: [`${name}_taken`] }],
  });
  return onnxModel({
    inputs: [
      { name: 'choose', type: 'BOOL', dims: [] },
      { name: 'x', type: 'BFLOAT16', dims: [1] },
      { name: 'w', type: 'BFLOAT16', dims: [1] },
    ],
    outputs: [{ name: 'y', type: 'BFLOAT16', dims: [1] }],
    nodes: [
      {
        op: 'If',
        inputs: ['choose'],
        outputs: ['y'],
        attributes: { then_branch: { graph: take('x') }, else_branch: { graph: take('w') } },
      },
    ],
  });
}
