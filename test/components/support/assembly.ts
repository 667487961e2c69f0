/** A piece of AssemblyScript that imports from the components and states what it expects by `assert`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const components = join(import.meta.dirname, '..', '..', '..', 'components');

/** Not written out in the import: its types declare AssemblyScript's globals for the whole program. */
const COMPILER: string = 'assemblyscript/asc';

interface Compiler {
  main(arguments_: string[], host: object): Promise<{ error: Error | null }>;
}

/**
 * @param source imports are relative to components/
 * @throws Error with the compiler's messages, or with the message of an `assert` that failed
 */
export async function expectAssembly(source: string): Promise<void> {
  const { default: asc } = (await import(COMPILER)) as { default: Compiler };
  let binary = new Uint8Array();
  let messages = '';
  const { error } = await asc.main(['test.ts', '--outFile=test.wasm', '--enable=simd'], {
    readFile: (path: string) =>
      path === 'test.ts' ? source : readFile(join(components, path), 'utf8').catch(() => null),
    writeFile: (_: string, contents: Uint8Array) => (binary = new Uint8Array(contents)),
    listFiles: () => [],
    stdout: { write: () => {} },
    stderr: { write: (chunk: Uint8Array | string) => (messages += String(chunk)) },
  });
  if (error) throw new Error(messages || error.message);
  const module = await WebAssembly.compile(binary);
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = () => 0;
  }
  const memory: { current?: WebAssembly.Memory } = {};
  (imports['env'] ??= {})['abort'] = (message: number, _file: number, line: number) => {
    throw new Error(`${readString(memory.current, message)} (line ${line})`);
  };
  const { exports } = new WebAssembly.Instance(module, imports);
  memory.current = exports['memory'] as WebAssembly.Memory;
  (exports['run'] as () => void)();
}

/** AssemblyScript keeps a string's length in bytes in the four bytes before it. */
function readString(memory: WebAssembly.Memory | undefined, pointer: number): string {
  if (!memory || pointer === 0) return 'aborted';
  const length = new DataView(memory.buffer).getUint32(pointer - 4, true);
  return new TextDecoder('utf-16le').decode(new Uint8Array(memory.buffer, pointer, length));
}
