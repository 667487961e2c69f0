import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect, it } from 'vitest';
import { build } from '../../components/build.ts';
import { catalogue } from '../../components/catalogue.ts';
import { readContract } from '../../components/world.ts';

/** Imports that a component may be granted; `values` and `failures` hold types alone. */
const GRANTED =
  /^(wasi:(nn\/|config\/store|logging\/)|sandpiper:inference\/(assets|bound-inputs|graph-facts|sound|live-sound|progress|request-media|partial-outputs|values|failures)@)/;

it.each(catalogue)('$name is the same bytes every time and imports what its world grants', async (source) => {
  const contract = await readContract();
  const first = await build(source, contract);
  expect(Buffer.from(first).equals(await build(source, contract))).toBe(true);
  expect(Buffer.from(first).includes(process.cwd())).toBe(false);

  const wit = await componentWit(first);
  expect(wit).toContain(`export ${source.exports}`);
  const imports = [...wit.matchAll(/^ {2}import ([^;]+);/gm)].map(([, name]) => name);
  expect(imports.filter((name) => !GRANTED.test(name ?? ''))).toEqual([]);
});

it('says where a source does not compile', async () => {
  const source = { name: 'absent', world: 'image-classifier', exports: 'x' };
  await expect(build(source, '')).rejects.toThrow(/absent\/assembly\/index.ts does not compile/);
});
