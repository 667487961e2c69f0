/** From a core module's file to a command that can be run, with the same caps and refusals as for components. */
import { hash } from 'node:crypto';
import type { TensorNumbering } from '../../nn/witx/tensor-type.ts';
import { capMemory } from '../component/cap-memory.ts';
import type { CompileOptions } from '../component/compile-component.ts';
import type { CompiledCoreModule } from '../guest-protocol.ts';
import { assertFileSize, refused, refusedCode, tryFile } from '../component/try-file.ts';
import { explainCoreImports } from './inspect-core-module.ts';

/** Its cache records which modules have been tried. */
export interface CompileCoreOptions extends CompileOptions {
  numbering: TensorNumbering | undefined;
}

/** @throws SandpiperError `invalid-component` */
export async function compileCoreModule(
  bytes: Uint8Array,
  options: CompileCoreOptions,
): Promise<CompiledCoreModule> {
  const { name, numbering } = options;
  const core = await compileCapped(bytes, options);
  const refusedImport = explainCoreImports(core).find(({ granted }) => !granted);
  if (refusedImport !== undefined)
    throw refused(name, `it imports ${refusedImport.import}; ${refusedImport.remedy}`);
  if (!hasStart(core)) throw refused(name, NO_START);
  return { kind: 'core', digest: hash('sha256', bytes), core, numbering };
}

/**
 * Compiles a module with its memories and tables capped, whatever it imports.
 *
 * @throws SandpiperError `invalid-component`
 */
export async function compileCapped(
  bytes: Uint8Array,
  { name, cache, limits, caps }: CompileOptions,
): Promise<WebAssembly.Module> {
  assertFileSize(bytes, name, limits);
  const digest = hash('sha256', bytes);
  if (!(await cache.isTried(digest))) {
    await tryFile({ kind: 'core', bytes: new Uint8Array(bytes) }, name, limits);
    await cache.setTried(digest);
  }
  try {
    const [capped] = capMemory([bytes], caps);
    return await WebAssembly.compile(capped as Uint8Array<ArrayBuffer>);
  } catch (error) {
    throw refusedCode(name, error);
  }
}

export function hasStart(core: WebAssembly.Module): boolean {
  return WebAssembly.Module.exports(core).some(({ name, kind }) => name === '_start' && kind === 'function');
}

export const NO_START = 'it exports no _start, so it is no command; build it as one, not as a library';
