import { PbfReader } from 'pbf';
import { expect, test, vi } from 'vitest';
import { inspectModel } from '../support/inspect-model.ts';
import { onnxModel, type GraphSpec, type TensorSpec } from '../support/onnx-builder.ts';
import { addModel, externalDataModel, identityModel, spinningModel } from '../support/onnx-models.ts';
import { openSession } from '../support/onnx-session.ts';

test('says what a model takes and gives', () => {
  const facts = inspectModel(addModel('FLOAT', ['batch', 3, null]));
  const dimensions = ['batch', 3, null];
  expect(facts.inputs).toEqual([
    { name: 'x', elementType: 'FLOAT', dimensions, optional: false },
    { name: 'w', elementType: 'FLOAT', dimensions, optional: false },
  ]);
  expect(facts.outputs).toEqual([{ name: 'y', elementType: 'FLOAT', dimensions, optional: false }]);
});

test('tells a scalar from a tensor of unknown rank, which the runtime itself does not', () => {
  expect(inspectModel(identityModel('FLOAT', [])).inputs[0]?.dimensions).toEqual([]);
  expect(inspectModel(identityModel('FLOAT')).inputs[0]?.dimensions).toBeUndefined();
  expect(openSession(identityModel('FLOAT')).inputMetadata[0]?.shape).toEqual([]);
});

test('reads a negative size as unknown', () => {
  expect(inspectModel(identityModel('FLOAT', [-1, 2])).inputs[0]?.dimensions).toEqual([null, 2]);
});

test('gives versions, producer, operators and metadata', () => {
  const model = onnxModel({
    irVersion: 9,
    opset: 17,
    domains: { 'com.microsoft': 1 },
    producer: 'a test',
    metadata: { __proto__x: '1', constructor: '2' },
    inputs: [],
    outputs: [],
    nodes: [
      { op: 'Add', inputs: [], outputs: [] },
      { op: 'Gelu', domain: 'com.microsoft', inputs: [], outputs: [] },
    ],
  });
  const facts = inspectModel(model);
  expect(facts).toMatchObject({ irVersion: 9, producer: 'a test' });
  expect([...facts.opsets]).toEqual([
    ['ai.onnx', 17],
    ['com.microsoft', 1],
  ]);
  expect([...facts.operators]).toEqual(['ai.onnx:Add', 'com.microsoft:Gelu']);
  expect(Object.getPrototypeOf(facts.metadata)).toBeNull();
  expect(facts.metadata['constructor']).toBe('2');
});

test('marks inputs that have a default value', () => {
  const model = onnxModel({
    inputs: [
      { name: 'x', type: 'FLOAT', dims: [1] },
      { name: 'w', type: 'FLOAT', dims: [1] },
    ],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [1] }],
    nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [{ name: 'w', type: 'FLOAT', dims: [1], data: Float32Array.of(1) }],
  });
  expect(inspectModel(model).inputs.map(({ name, optional }) => [name, optional])).toEqual([
    ['x', false],
    ['w', true],
  ]);
  expect(openSession(model).inputMetadata.map(({ name }) => name)).toEqual(['x']);
});

test('takes no more steps for long weights than for short ones: their data are not read', () => {
  const varint = vi.spyOn(PbfReader.prototype, 'readVarint');
  const stepsFor = (length: number): number => {
    const data = new Uint8Array(length).fill(0xff);
    const initializer = { name: 'w', type: 'UINT8', dims: [length], data } as const;
    const model = onnxModel({ inputs: [], outputs: [], nodes: [], initializers: [initializer] });
    varint.mockClear();
    inspectModel(model);
    return varint.mock.calls.length;
  };
  const short = stepsFor(1);
  expect(short).toBeGreaterThan(0);
  expect(stepsFor(1_000_000)).toBe(short);
  varint.mockRestore();
});

test('finds operators inside loops, branches and functions', () => {
  const model = onnxModel({
    inputs: [],
    outputs: [],
    nodes: [],
    functions: [
      { name: 'F', domain: 'd', inputs: [], outputs: [], nodes: [{ op: 'Erf', inputs: [], outputs: [] }] },
    ],
  });
  expect([...inspectModel(model).operators]).toEqual(['ai.onnx:Erf']);
  expect([...inspectModel(spinningModel()).operators]).toEqual([
    'ai.onnx:Loop',
    'ai.onnx:Identity',
    'ai.onnx:Add',
  ]);
});

test.each<[string, (weights: TensorSpec) => Uint8Array]>([
  ['an initializer', (w) => onnxModel({ ...EMPTY, initializers: [w] })],
  [
    'a sparse initializer',
    (w) => onnxModel({ ...EMPTY, sparseInitializers: [{ values: SMALL, indices: w, dims: [4] }] }),
  ],
  ['a constant', (w) => onnxModel({ ...EMPTY, nodes: [constant(w)] })],
  ['a branch', (w) => onnxModel({ ...EMPTY, nodes: [branch({ ...EMPTY, initializers: [w] })] })],
  [
    'a branch in a branch',
    (w) =>
      onnxModel({
        ...EMPTY,
        nodes: [branch({ ...EMPTY, nodes: [branch({ ...EMPTY, nodes: [constant(w)] })] })],
      }),
  ],
  [
    'a function',
    (w) =>
      onnxModel({
        ...EMPTY,
        functions: [{ name: 'F', domain: 'd', inputs: [], outputs: [], nodes: [constant(w)] }],
      }),
  ],
  ['the training information', (w) => onnxModel({ ...EMPTY, training: { ...EMPTY, initializers: [w] } })],
])('finds data outside the file in %s', (_, build) => {
  const model = build({ name: 'w', type: 'FLOAT', dims: [4], external: { location: '../../etc/passwd' } });
  expect(inspectModel(model).externalData).toEqual(['../../etc/passwd']);
});

test('names each file of external data once, and an unnamed one as an empty string', () => {
  const tensor = (location: string): TensorSpec => ({ type: 'FLOAT', dims: [1], external: { location } });
  const unnamed: TensorSpec = { type: 'FLOAT', dims: [1], external: { offset: '0' } };
  const model = onnxModel({ ...EMPTY, initializers: [tensor('a'), tensor('b'), tensor('a'), unnamed] });
  expect(inspectModel(model).externalData).toEqual(['a', 'b', '']);
  expect(inspectModel(externalDataModel('weights.bin')).externalData).toEqual(['weights.bin']);
});

const EMPTY: GraphSpec = { inputs: [], outputs: [], nodes: [] };
const SMALL: TensorSpec = { name: 's', type: 'FLOAT', dims: [1], data: Float32Array.of(1) };

function constant(tensor: TensorSpec): GraphSpec['nodes'][number] {
  return { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor } } };
}

function branch(graph: GraphSpec): GraphSpec['nodes'][number] {
  return { op: 'If', inputs: ['c'], outputs: [], attributes: { then_branch: { graph } } };
}
