import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../components/catalogue.ts';
import { synchronousGlue } from '../../src/sandbox/component/synchronous-glue.ts';
import { translateComponent } from '../../src/sandbox/component/translate-component.ts';
import { buildGuest } from '../support/attack-guest.ts';
import { repository } from '../support/readme.ts';

/** What the translator calls where it may have to wait. */
const ASYNCHRONOUS = /_lowerImportBackwardsCompat|hostProvided = true/;

describe('The glue of a component', () => {
  it.each([
    ...catalogue.map(({ name }) => `components/build/${name}.wasm`),
    'test/guests/composed-by-wac/guarded.wasm',
  ])('calls the host without tasks: %s', async (file) => {
    const { glue } = await translateComponent(await readFile(join(repository, file)));
    expect(glue).not.toMatch(ASYNCHRONOUS);
  });

  it('does so in guests written by hand as well', async () => {
    for (const name of ['good', 'count-calls', 'churn-own-handles']) {
      const { glue } = await translateComponent(await buildGuest(name));
      expect(glue).not.toMatch(ASYNCHRONOUS);
    }
  });

  it('stays as it is where it has another shape', () => {
    const other = 'function _lowerImportBackwardsCompat(args) { return newWay(args); }';
    expect(synchronousGlue(other)).toBe(other);
  });
});
