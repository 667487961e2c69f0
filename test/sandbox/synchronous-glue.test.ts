import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../components/catalogue.ts';
import { synchronousGlue } from '../../src/sandbox/component/synchronous-glue.ts';
import { translateComponent } from '../../src/sandbox/component/translate-component.ts';
import { buildGuest } from '../support/attack-guest.ts';
import { repository } from '../support/readme.ts';

/** What the translator calls where it may have to wait. */
const ASYNCHRONOUS_IMPORTS = /_lowerImportBackwardsCompat|hostProvided = true/;
/** With its tasks and states, as functions or as classes. */
const ASYNCHRONOUS = /_lowerImportBackwardsCompat|hostProvided|CurrentTask\(|AsyncState|class \w*Task/;

describe('The glue of a component', () => {
  it.each([
    ...catalogue.map(({ name }) => `components/build/${name}.wasm`),
    'components/examples/prediction/rust/component.wasm',
    'test/guests/command/component.wasm',
    'test/guests/classify/2024-10-28.wasm',
  ])('has no tasks, neither as it calls nor as it is called: %s', async (file) => {
    const { glue } = await translateComponent(await readFile(join(repository, file)));
    expect(glue).not.toMatch(ASYNCHRONOUS);
  });

  it('has none in guests written by hand either', async () => {
    for (const name of ['good', 'count-calls', 'churn-own-handles']) {
      const { glue } = await translateComponent(await buildGuest(name));
      expect(glue).not.toMatch(ASYNCHRONOUS);
    }
  });

  it('has some between components that are composed, and none towards the host', async () => {
    const file = 'test/guests/composed-by-wac/guarded.wasm';
    const { glue } = await translateComponent(await readFile(join(repository, file)));
    expect(glue).not.toMatch(ASYNCHRONOUS_IMPORTS);
    expect(glue).toMatch(ASYNCHRONOUS);
  });

  it('stays as it is where it has another shape', () => {
    const other = 'function _lowerImportBackwardsCompat(args) { return newWay(args); }';
    expect(synchronousGlue(other)).toBe(other);
  });
});
