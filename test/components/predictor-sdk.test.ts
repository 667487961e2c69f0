/** The SDK's side of the open contract: its types are the contract's, to the last field. */
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect, it } from 'vitest';
import { assertContract } from '../../src/sandbox/component/check-contract.ts';
import { buildPredictor } from '../support/predictor-guest.ts';

it.each(['two-pictures', 'every-value'] as const)('%s states the types of the contract', async (name) => {
  const component = await buildPredictor(name);
  const wit = await componentWit(component);
  const named = (way: string) =>
    [...wit.matchAll(new RegExp(`^ {2}${way} ([^;]+);`, 'gm'))].map(([, found = '']) => found);
  expect(named('export')).toEqual(['sandpiper:inference/prediction@0.1.0']);
  await assertContract(component, named('import'), named('export'));
});
