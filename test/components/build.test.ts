import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect, it } from 'vitest';
import { build } from '../../components/build.ts';
import { catalogue } from '../../components/catalogue.ts';
import { readContract } from '../../components/world.ts';

/** Imports that a component may be granted; `values` and `failures` hold types alone. */
const GRANTED =
  /^(wasi:(nn\/|config\/store|logging\/)|sandpiper:inference\/(assets|bound-inputs|graph-facts|sound|live-sound|progress|request-media|partial-outputs|values|failures)@)/;

const folder = join(import.meta.dirname, '../../components/build');

it('is the same bytes every time: one for all, which the installed package shows', async () => {
  const [source] = catalogue;
  if (source === undefined) throw new Error('There is none.');
  const there = await readFile(join(folder, `${source.name}.wasm`));
  expect(there.equals(await build(source, await readContract())), '`npm run build` builds it').toBe(true);
});

it.each(catalogue)(
  '$name imports what its world grants, and names no folder of ours',
  async ({ name, exports }) => {
    const component = await readFile(join(folder, `${name}.wasm`));
    expect(component.includes(process.cwd())).toBe(false);

    const wit = await componentWit(component);
    expect(wit).toContain(`export ${exports}`);
    const imports = [...wit.matchAll(/^ {2}import ([^;]+);/gm)].map(([, imported]) => imported);
    expect(imports.filter((imported) => !GRANTED.test(imported ?? ''))).toEqual([]);
  },
);

it('says where a source does not compile', async () => {
  const source = { name: 'absent', world: 'image-classifier', exports: 'x' };
  await expect(build(source, '')).rejects.toThrow(/absent\/assembly\/index.ts does not compile/);
});
