/** For code on the `wasi-nn` crate: its core ABI by the imports of a component. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { componentEmbed, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { packageFile } from '../package-files.ts';
import { readWit } from './wit-text.ts';

/** Module that the crate's functions are imported from. */
export const CORE_NN = 'wasi_ephemeral_nn';

const WORLD = `world core-nn {
  import wasi:nn/graph@0.2.0-rc-2024-10-28;
  import bound-inputs;
}`;

/** An adapter for `wasm-tools component new`, whose form jco takes as well. */
export async function wasiNnAdapter(): Promise<Uint8Array> {
  const source = await readFile(packageFile('components/sdk/wasi-ephemeral-nn.wat'), 'utf8');
  const contract = await readWit(fileURLToPath(packageFile('wit')));
  return componentEmbed({
    binary: await parse(source),
    witSource: contract.replace(/^package .*;$/m, `$&\n${WORLD}`),
    world: 'core-nn',
  });
}
