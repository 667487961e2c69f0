/** The contract in wit/, and an AssemblyScript module made a component of it. */
import { join } from 'node:path';
import { toComponent as wrap } from '../src/toolkit/to-component.ts';
import { readWit } from '../src/toolkit/wit-text.ts';

/**
 * A component of `world` from a core module.
 *
 * @throws Error if the module does not export what the world asks for, or imports something else.
 */
export async function toComponent(core: Uint8Array, world: string, wit: string): Promise<Uint8Array> {
  // AssemblyScript's strings are UTF-16: so are this component's, and none is ever transcoded inside it.
  return wrap(core, { world: { wit, name: world, strings: 'utf16' } });
}

/** All of wit/ as one text. */
export async function readContract(): Promise<string> {
  return readWit(join(import.meta.dirname, '..', 'wit'));
}
