/**
 * A core module made a component: `node to-component.ts core.wasm guest.wit component.wasm`.
 *
 * What it imports of WASI preview 1 goes to the adapter; the rest it imports as the WIT says.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { componentEmbed, componentNew, preview1AdapterReactorPath } from '@bytecodealliance/jco';

const [core = '', wit = '', component = ''] = process.argv.slice(2);
const binary = new Uint8Array(await readFile(core));
const witSource = await readFile(wit, 'utf8');
const embedded = await componentEmbed({ binary, witSource, world: 'guest' });
const imports = WebAssembly.Module.imports(await WebAssembly.compile(binary));
const preview1 = imports.some(({ module }) => module === 'wasi_snapshot_preview1');
const adapter = preview1 ? await readFile(preview1AdapterReactorPath()) : undefined;
await writeFile(
  component,
  await componentNew(embedded, adapter && [['wasi_snapshot_preview1', new Uint8Array(adapter)]]),
);
