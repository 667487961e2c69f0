/**
 * A core module made a command: `node to-command.ts core.wasm release component.wasm`.
 *
 * What it imports of WASI preview 1 goes to the adapter, and wasi:nn is of the given release.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew, preview1AdapterCommandPath } from '@bytecodealliance/jco';

const [core = '', release = '', component = ''] = process.argv.slice(2);
const wit = join(import.meta.dirname, '../../../wit');
const file = release === '2024-10-28' ? 'deps/wasi-nn/wasi-nn.wit' : `older-nn/wasi-nn-${release}.wit`;
const nn = (await readFile(join(wit, file), 'utf8')).replace(/^package ([^;]+);$/m, 'package $1 {');
const imports = ['tensor', 'graph', 'inference', 'errors'].map(
  (name) => `import wasi:nn/${name}@0.2.0-rc-${release};`,
);
const witSource = `package test:classify;\nworld guest {\n${imports.join('\n')}\n}\n${nn}\n}`;
const embedded = await componentEmbed({
  binary: new Uint8Array(await readFile(core)),
  witSource,
  world: 'guest',
});
const adapter = new Uint8Array(await readFile(preview1AdapterCommandPath()));
await writeFile(component, await componentNew(embedded, [['wasi_snapshot_preview1', adapter]]));
