/** From a core module's file to a command that can be run, with the same caps and refusals as for components. */
import { createHash } from 'node:crypto';
import type { ServiceLimits } from '../../config/limits.ts';
import { messageOf } from '../../errors.ts';
import type { TensorNumbering } from '../../nn/witx/tensor-type.ts';
import { capMemory, OverCap, type MemoryCaps } from '../component/cap-memory.ts';
import type { ComponentCache } from '../component/component-cache.ts';
import type { CompiledCoreModule } from '../guest-protocol.ts';
import { refused, tryFile } from '../component/try-file.ts';
import { explainCoreImports } from './inspect-core-module.ts';

export interface CompileCoreOptions {
  /** For messages. */
  name: string;
  /** Records which modules have been tried. */
  cache: ComponentCache;
  limits: Pick<ServiceLimits, 'componentBytes' | 'compileMs' | 'compiledBytes'>;
  caps: MemoryCaps;
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
  return { digest: sha256(bytes), core, numbering };
}

/**
 * Compiles a module with its memories and tables capped, whatever it imports.
 *
 * @throws SandpiperError `invalid-component`
 */
export async function compileCapped(
  bytes: Uint8Array,
  { name, cache, limits, caps }: Omit<CompileCoreOptions, 'numbering'>,
): Promise<WebAssembly.Module> {
  if (bytes.byteLength > limits.componentBytes) {
    throw refused(
      name,
      `it has ${bytes.byteLength} bytes and componentBytes allows ${limits.componentBytes}`,
    );
  }
  const digest = sha256(bytes);
  if (!(await cache.isTried(digest))) {
    await tryFile({ core: new Uint8Array(bytes) }, name, limits);
    await cache.setTried(digest);
  }
  try {
    const [capped] = capMemory([bytes], caps);
    return await WebAssembly.compile(capped as Uint8Array<ArrayBuffer>);
  } catch (error) {
    const why = error instanceof OverCap ? error.message : `WebAssembly refuses it (${messageOf(error)})`;
    throw refused(name, why);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hasStart(core: WebAssembly.Module): boolean {
  return WebAssembly.Module.exports(core).some(({ name, kind }) => name === '_start' && kind === 'function');
}

export const NO_START = 'it exports no _start, so it is no command; build it as one, not as a library';
