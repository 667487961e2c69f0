/** Makes a component of a core module. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { packageFile } from '../package-files.ts';
import { readWit } from './wit-text.ts';

/** Module that the functions of the `wasi-nn` crate are imported from. */
const CORE_NN = 'wasi_ephemeral_nn';

const ADAPTER_WORLD = `world core-nn {
  import wasi:nn/graph@0.2.0-rc-2024-10-28;
  import bound-inputs;
}`;

export interface World {
  /** WIT as one text, from `readWit`. */
  wit: string;
  /** Name of the world. */
  name: string;
  /** Encoding of the module's strings: UTF-16 for AssemblyScript, UTF-8 for all others. */
  strings?: 'utf8' | 'utf16';
}

export interface ComponentOptions {
  /** For a module that does not embed its world; those of Rust's wit-bindgen do. */
  world?: World;
  /** For a module that imports wasi_snapshot_preview1: the adapter to WASI 0.2. */
  adapter?: Uint8Array;
}

/**
 * A module on the `wasi-nn` crate, which imports the core ABI of wasi:nn, gets an adapter for that as well.
 *
 * @throws Error if the module does not export what the world requires, or imports something else
 */
export async function toComponent(
  core: Uint8Array,
  { world, adapter }: ComponentOptions = {},
): Promise<Uint8Array> {
  const described =
    world === undefined
      ? core
      : await componentEmbed({
          binary: core,
          witSource: world.wit,
          world: world.name,
          stringEncoding: world.strings ?? 'utf8',
        });
  const adapters: [string, Uint8Array][] = [];
  if (adapter !== undefined) adapters.push(['wasi_snapshot_preview1', adapter]);
  if (await importsCoreNn(core)) adapters.push([CORE_NN, await wasiNnAdapter()]);
  return componentNew(described, adapters);
}

async function importsCoreNn(core: Uint8Array): Promise<boolean> {
  const module = await WebAssembly.compile(new Uint8Array(core));
  return WebAssembly.Module.imports(module).some((entry) => entry.module === CORE_NN);
}

/** The core ABI of wasi:nn by the imports of a component, as an adapter for `wasm-tools component new`. */
async function wasiNnAdapter(): Promise<Uint8Array> {
  const source = await readFile(packageFile('components/sdk/wasi-ephemeral-nn.wat'), 'utf8');
  const contract = await readWit(fileURLToPath(packageFile('wit')));
  return componentEmbed({
    binary: await parse(source),
    witSource: contract.replace(/^package .*;$/m, `$&\n${ADAPTER_WORLD}`),
    world: 'core-nn',
  });
}
