/** A core module made a command by the adapter for preview 1: `node to-command.ts core.wasm component.wasm`. */
import { readFile, writeFile } from 'node:fs/promises';
import { componentNew, preview1AdapterCommandPath } from '@bytecodealliance/jco';

const [core = '', component = ''] = process.argv.slice(2);
const adapter = new Uint8Array(await readFile(preview1AdapterCommandPath()));
const binary = new Uint8Array(await readFile(core));
await writeFile(component, await componentNew(binary, [['wasi_snapshot_preview1', adapter]]));
