/** AssemblyScript to a core module, by the compiler's own interface. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentSource } from './catalogue.ts';

/** What is used of the compiler. Its own types declare AssemblyScript's globals for the whole program. */
interface Compiler {
  main(
    arguments_: string[],
    host: {
      readFile(path: string): Promise<string | null>;
      writeFile(path: string, contents: Uint8Array | string): void;
      listFiles(): string[];
      stdout: Sink;
      stderr: Sink;
      transforms: { afterCompile(module: Module): void }[];
    },
  ): Promise<{ error: Error | null }>;
}

interface Sink {
  write(chunk: Uint8Array | string): void;
}

interface Module {
  getNumExports(): number;
  getExportByIndex(index: number): number;
  removeExport(name: string): void;
  addFunctionExport(internalName: string, name: string): void;
}

interface Binaryen {
  readonly ExternalFunction: number;
  getExportInfo(reference: number): { name: string; value: string; kind: number };
}

/** Where the sources lie. File names in messages are relative to it, so that a build is the same anywhere. */
const root = import.meta.dirname;

/** An export of a component's entry file that belongs to the canonical ABI itself and keeps its name. */
const ABI_EXPORTS = new Set(['memory', 'cabi_realloc']);

const OPTIONS = [
  '--outFile=component.wasm',
  // A transcriber runs thousands of computes in one instance: what they leave behind is collected.
  '--runtime=incremental',
  '--optimizeLevel=3',
  '--shrinkLevel=1',
  '--enable=simd',
  // Function names, for traps that can be read; they are about an eighth of the file.
  '--debug',
  // Nothing from `env`: a component's own mistakes go to wasi:logging.
  '--use=abort=sdk/assembly/abort/abort',
];

/**
 * The core module of a component, its functions exported as `interface#function`.
 *
 * @param constants whole numbers that the source may ask for with `isDefined`
 * @throws Error with the compiler's own messages: file, line and source text.
 */
export async function compile(
  { name, exports }: ComponentSource,
  constants: Readonly<Record<string, number>> = {},
): Promise<Uint8Array> {
  let messages = '';
  let binary: Uint8Array | undefined;
  const [asc, binaryen] = await Promise.all([load<Compiler>('asc'), load<Binaryen>('binaryen')]);
  const uses = Object.entries(constants).map(([constant, value]) => `--use=${constant}=${value}`);
  const sources = [`${name}/assembly/index.ts`, 'sdk/assembly/abort.ts'];
  const { error } = await asc.main([...sources, ...OPTIONS, ...uses], {
    readFile: (path) => readFile(join(root, path), 'utf8').catch(() => null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
    stdout: sink(() => {}),
    stderr: sink((text) => (messages += text)),
    transforms: [{ afterCompile: (module) => renameExports(module, binaryen, exports) }],
  });
  if (error || !binary) throw new Error(`${name} does not compile\n${messages || String(error)}`);
  return binary;
}

/** AssemblyScript exports identifiers only; the canonical ABI wants `interface#function`. */
function renameExports(module: Module, binaryen: Binaryen, interfaceName: string): void {
  const count = module.getNumExports();
  const found = Array.from({ length: count }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)));
  for (const { name, value, kind } of found) {
    if (ABI_EXPORTS.has(name)) continue;
    module.removeExport(name);
    if (kind === binaryen.ExternalFunction && name !== 'abort') {
      module.addFunctionExport(value, `${interfaceName}#${name}`);
    }
  }
}

/** A part of the compiler. Imported when it is needed, so that `catalogue` costs nobody the compiler. */
async function load<T>(part: string): Promise<T> {
  const module = (await import(`assemblyscript/${part}`)) as { default: T };
  return module.default;
}

function sink(take: (text: string) => void): Sink {
  return { write: (chunk) => take(typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)) };
}
