import { expect, test } from 'vitest';
import type { ElementType } from '../../src/element-types.ts';
import type { WitFacts } from '../../src/nn/wit-facts.ts';
import { ProbeTrap, runProbe } from '../support/guest-probe.ts';
import { drop, factsOf, load, loadByName, type Outcome } from '../support/guest-script.ts';
import { identityModel } from '../support/onnx-models.ts';
import { TOLD, toldModel } from '../support/told-model.ts';

/** sandpiper:inference/graph-facts: what a graph takes and gives, told to the guest that loaded it. */

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
