import { expect, test } from 'vitest';
import type { ElementType } from '../../src/engine/onnx/element-types.ts';
import type { WitFacts } from '../../src/nn/graph-facts.ts';
import { ProbeTrap, runProbe } from '../support/guest-probe.ts';
import { drop, factsOf, load, loadByName, type Outcome } from '../support/guest-script.ts';
import { onnxModel } from '../support/onnx-builder.ts';
import { identityModel } from '../support/onnx-models.ts';

/** sandpiper:inference/graph-facts: what a graph takes and gives, told to the guest that loaded it. */

/** Three inputs, two of them with a value of their own, every kind of dimension, and properties. */
function toldModel(): Uint8Array<ArrayBuffer> {
  return onnxModel({
    metadata: { author: 'niemand ✓', '': 'no name', __proto__x: 'p', constructor: 'c' },
    inputs: [
      { name: 'Bild ✓', type: 'UINT8', dims: ['batch', 3, null] },
      { name: 'scale', type: 'UINT8', dims: [] },
      { name: 'odd', type: 'UINT16', dims: [1] },
    ],
    outputs: [
      { name: 'y', type: 'UINT8', dims: ['batch', 3, null] },
      { name: 'any', type: 'UINT8' },
    ],
    nodes: [
      { op: 'Add', inputs: ['Bild ✓', 'scale'], outputs: ['y'] },
      { op: 'Identity', inputs: ['y'], outputs: ['any'] },
    ],
    initializers: [
      { name: 'scale', type: 'UINT8', dims: [], data: Uint8Array.of(0) },
      { name: 'odd', type: 'UINT16', dims: [1], data: Uint16Array.of(0) },
    ],
  });
}

const batchByThree: WitFacts['inputs'][number]['dimensions'] = [
  { tag: 'named', val: 'batch' },
  { tag: 'fixed', val: 3n },
  { tag: 'unknown' },
];

const TOLD: WitFacts = {
  inputs: [
    { name: 'Bild ✓', ty: 'U8', elementType: 'UINT8', dimensions: batchByThree, optional: false },
    { name: 'scale', ty: 'U8', elementType: 'UINT8', dimensions: [], optional: true },
    {
      name: 'odd',
      ty: undefined,
      elementType: 'UINT16',
      dimensions: [{ tag: 'fixed', val: 1n }],
      optional: true,
    },
  ],
  outputs: [
    { name: 'y', ty: 'U8', elementType: 'UINT8', dimensions: batchByThree, optional: false },
    { name: 'any', ty: 'U8', elementType: 'UINT8', dimensions: undefined, optional: false },
  ],
  metadata: [
    ['author', 'niemand ✓'],
    ['', 'no name'],
    ['__proto__x', 'p'],
    ['constructor', 'c'],
  ],
};

function factsIn(outcomes: readonly Outcome[]): WitFacts {
  const last = outcomes.at(-1);
  if (last?.tag !== 'facts') throw new Error(`expected facts, got ${JSON.stringify(outcomes)}`);
  return last.val;
}

test('a graph of the manifest tells names, types, dimensions, what to leave out, and its properties', async () => {
  const outcomes = await runProbe([loadByName('g', 'told'), factsOf('g')], { graphs: { told: toldModel() } });
  expect(factsIn(outcomes)).toEqual(TOLD);
});

test('a graph that the guest loaded from bytes tells the same, as often as it is asked', async () => {
  const steps = [load('g', [toldModel()]), factsOf('g'), factsOf('g')];
  const outcomes = await runProbe(steps, { graphLoad: true });
  expect(factsIn(outcomes)).toEqual(TOLD);
  expect(factsIn(outcomes.slice(0, -1))).toEqual(TOLD);
});

const CARRIED: readonly [ElementType, WitFacts['inputs'][number]['ty']][] = [
  ['FLOAT16', 'FP16'],
  ['FLOAT', 'FP32'],
  ['DOUBLE', 'FP64'],
  ['BFLOAT16', 'BF16'],
  ['UINT8', 'U8'],
  ['INT32', 'I32'],
  ['INT64', 'I64'],
  ['BOOL', 'U8'],
  ['INT8', 'U8'],
  ['UINT32', 'I32'],
  ['UINT64', 'I64'],
];

test('each type has the tensor type that carries it, and its own name', async () => {
  const graphs = Object.fromEntries(CARRIED.map(([type]) => [type, identityModel(type, ['n'])]));
  const outcomes = await runProbe(
    CARRIED.map(([type]) => [loadByName(type, type), factsOf(type)]),
    { graphs },
  );
  const told = outcomes.flatMap((outcome) => (outcome.tag === 'facts' ? outcome.val.inputs : []));
  expect(told.map(({ elementType, ty }) => [elementType, ty])).toEqual(CARRIED);
});

test('a graph that was dropped, or never was, is a trap', async () => {
  const graphs = { told: toldModel() };
  const dropped = [loadByName('g', 'told'), drop('graph', 'g'), factsOf('g')];
  await expect(runProbe(dropped, { graphs })).rejects.toThrow(ProbeTrap);
  await expect(runProbe([factsOf('nothing')], { graphs })).rejects.toThrow(ProbeTrap);
});
