/** A core module made a component. */
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';

export interface World {
  /** WIT as one text: `readWit` of a folder. */
  wit: string;
  /** Its name there. */
  name: string;
  /** How the module keeps its strings. AssemblyScript's are UTF-16, those of all others UTF-8. */
  strings?: 'utf8' | 'utf16';
}

export interface ComponentOptions {
  /** For a module that does not itself say what world it is of. Those of Rust's wit-bindgen do. */
  world?: World;
  /** For a module that imports wasi_snapshot_preview1: the adapter that makes WASI 0.2 of it. */
  adapter?: Uint8Array;
}

/** @throws Error if the module does not export what the world asks for, or imports something else */
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
  return componentNew(described, adapter && [['wasi_snapshot_preview1', adapter]]);
}
