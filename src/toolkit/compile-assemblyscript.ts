/** Compiles AssemblyScript to a core module by the compiler's API. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildFailure } from './build-failure.ts';
import { packageFile } from '../package-files.ts';

/** The used part of `assemblyscript/asc`, whose own types declare AssemblyScript's globals for the whole program. */
export interface Compiler {
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

/** The used part of `assemblyscript/binaryen`. */
export interface Binaryen {
  readonly ExternalFunction: number;
  getExportInfo(reference: number): { name: string; value: string; kind: number };
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

export interface AssemblyScriptOptions {
  /** The default exports of `assemblyscript/asc` and `assemblyscript/binaryen`. */
  compiler: { asc: Compiler; binaryen: Binaryen };
  /** File names in messages and traps are relative to it, so that builds are reproducible. */
  root: string;
  /** File relative to the root whose exported functions become those of the interface. */
  entry: string;
  /** The exported interface, such as `sandpiper:inference/image-classification@0.1.0`. */
  exports: string;
  /** File with the function `abort`; by default the SDK's. */
  abort?: string;
  /** Integer constants that the source may check with `isDefined`. */
  constants?: Readonly<Record<string, number>>;
  /** File relative to the root for a map to the source lines, which `sandpiper dev` reads as `build/component.wasm.map`. */
  sourceMap?: string;
  /** Pages of 64 KiB that its memory has from the start; by default as few as its constants need. */
  initialPages?: number;
}

/** An export of the canonical ABI, which keeps its name. */
const ABI_EXPORTS = new Set(['memory', 'cabi_realloc']);

const OPTIONS = [
  '--outFile=component.wasm',
  // Garbage collection, since a transcriber runs thousands of computes in one instance.
  '--runtime=incremental',
  '--optimizeLevel=3',
  '--shrinkLevel=1',
  '--enable=simd',
  // Function names, for readable traps; they are about an eighth of the file.
  '--debug',
];

/**
 * The maximum is all the memory that there is: the host writes a smaller number in its place, so that the code behind it
 * stays where it was, and offsets in a trap are those of the map.
 */
const WITH_MAP = ['--sourceMap', '--maximumMemory=65536'];

/** Paths by which the compiler looks for `sandpiper/sdk`: among its libraries, or in a folder of packages. */
const SDK_PATH = /(?:^|.*\/)(?:~lib|node_modules)\/sandpiper\/sdk(\/.+)$/;
const SDK_FOLDER = fileURLToPath(packageFile('components/sdk/assembly'));

/**
 * Compiles the core module of a component, whose functions are exported as `interface#function`. Sources import the SDK
 * as `sandpiper/sdk`.
 *
 * @throws BuildFailure with the compiler's own messages: file, line and source text.
 */
export async function compileAssemblyScript(options: AssemblyScriptOptions): Promise<Uint8Array> {
  const { compiler, root, entry, exports, abort = '~lib/sandpiper/sdk/abort.ts', sourceMap } = options;
  const memory = options.initialPages === undefined ? [] : [`--initialMemory=${options.initialPages}`];
  const uses = Object.entries(options.constants ?? {}).map(([name, value]) => `--use=${name}=${value}`);
  const maps = sourceMap === undefined ? [] : WITH_MAP;
  let messages = '';
  let binary: Uint8Array | undefined;
  let map = '';
  const { error } = await compiler.asc.main(
    // No import from `env`: a component's assertions are logged by wasi:logging.
    [
      entry,
      abort,
      `--use=abort=${abort.replace(/\.ts$/, '')}/abort`,
      ...OPTIONS,
      ...memory,
      ...uses,
      ...maps,
    ],
    {
      readFile: (path) => readFile(resolveSource(root, path), 'utf8').catch(() => null),
      writeFile: (_, contents) => {
        if (typeof contents === 'string') map = contents;
        else binary = contents;
      },
      listFiles: () => [],
      stdout: sink(() => {}),
      stderr: sink((text) => (messages += text)),
      transforms: [{ afterCompile: (module) => renameExports(module, compiler.binaryen, exports) }],
    },
  );
  if (error || !binary) throw new BuildFailure(`${entry} does not compile\n${messages || String(error)}`);
  if (sourceMap !== undefined) {
    await mkdir(dirname(join(root, sourceMap)), { recursive: true });
    await writeFile(join(root, sourceMap), map);
  }
  return binary;
}

function resolveSource(root: string, path: string): string {
  const [, inSdk] = SDK_PATH.exec(path.replaceAll('\\', '/')) ?? [];
  return inSdk === undefined ? join(root, path) : join(SDK_FOLDER, inSdk);
}

/** Renames exports to `interface#function` for the canonical ABI, since AssemblyScript exports identifiers only. */
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

function sink(take: (text: string) => void): Sink {
  return { write: (chunk) => take(typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)) };
}
