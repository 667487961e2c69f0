/** A component of this repository to its core module. */
import {
  compileAssemblyScript,
  type Binaryen,
  type Compiler,
} from '../src/toolkit/compile-assemblyscript.ts';
import type { ComponentSource } from './catalogue.ts';

/**
 * @param constants whole numbers that the source may ask for with `isDefined`
 * @throws Error with the compiler's own messages: file, line and source text.
 */
export async function compile(
  { name, exports, initialPages }: ComponentSource,
  constants: Readonly<Record<string, number>> = {},
): Promise<Uint8Array> {
  const [asc, binaryen] = await Promise.all([load<Compiler>('asc'), load<Binaryen>('binaryen')]);
  return compileAssemblyScript({
    compiler: { asc, binaryen },
    root: import.meta.dirname,
    entry: `${name}/assembly/index.ts`,
    exports,
    abort: 'sdk/assembly/abort.ts',
    constants,
    ...(initialPages !== undefined && { initialPages }),
  });
}

/** A part of the compiler. Imported when it is needed, so that `catalogue` does not load the compiler. */
async function load<T>(part: string): Promise<T> {
  const module = (await import(`assemblyscript/${part}`)) as { default: T };
  return module.default;
}
