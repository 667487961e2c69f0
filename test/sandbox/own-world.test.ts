/** The world of docs/components.md that imports less than the contract's: its component loads, with nothing granted. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect, test } from 'vitest';
import { readContract } from '../../components/world.ts';
import { check } from '../../src/index.ts';
import { repository } from '../support/readme.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const EXPORT = 'sandpiper:inference/image-classification@0.1.0';
const MODULE = `(module
  (import "wasi:nn/graph@0.2.0-rc-2024-10-28" "load-by-name" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "${EXPORT}#describe") (result i32) (i32.const 0))
  (func (export "${EXPORT}#classify") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)))`;

test('A component of a world of one’s own imports what it uses and needs no grant', async () => {
  const docs = await readFile(join(repository, 'docs/components.md'), 'utf8');
  const [, world] = /```wit\npackage sandpiper:inference@0\.1\.0;\n([^`]+)```/.exec(docs) ?? [];
  const witSource = `${await readContract()}\n${world ?? ''}`;
  const embedded = await componentEmbed({
    binary: await parse(MODULE),
    witSource: ownWorldFirst(witSource),
    world: 'own-classifier',
    stringEncoding: 'utf8',
  });
  await using folder = await temporaryFolder('sandpiper-own-world-');
  const path = join(folder.path, 'own.wasm');
  await writeFile(path, await componentNew(embedded));
  const { component, problems } = await check(path);
  expect(problems).toEqual([]);
  expect(component?.tasks).toEqual(['image-classification']);
  expect(component?.needs.grants).toEqual({});
  expect(component?.imports.map((each) => each.import).join(' ')).not.toMatch(/logging|bound-inputs|config/);
});

/** A world belongs behind the package's own line, before the packages that it depends on. */
function ownWorldFirst(text: string): string {
  const at = text.lastIndexOf('world own-classifier');
  const world = text.slice(at);
  return text.slice(0, at).replace(/^package [^;{]+;$/m, (line) => `${line}\n${world}`);
}
