/**
 * From a component file to compiled modules and glue: the only user of jco.
 *
 * Translation runs on a thread of its own, which is made when it is needed and terminated at its time limit,
 * because a hostile component may make the translator loop. What it made is kept on disk by the digest of
 * the component, so that an unchanged component is translated once.
 */
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { ServiceLimits } from '../config/limits.ts';
import { messageOf, SandpiperError, type PlainError } from '../errors.ts';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { threadEntry } from '../package-files.ts';
import { capMemory, OverCap, type MemoryCaps } from './cap-memory.ts';
import type { ComponentCache } from './component-cache.ts';
import type { CompiledComponent } from './guest-protocol.ts';

/** Letters, digits and the marks that compilers use: nothing that ends or escapes a string in JavaScript. */
const HARMLESS_NAME = /^[\p{L}\p{M}\p{N} !#$%&()*+,\-./:;<=>?@[\]^_{|}~]*$/u;

/** Of the component's own words in a message. */
const MAX_MESSAGE = 500;

/** A component translated to an ES module and its core modules, not yet compiled. */
export interface TranslatedComponent {
  glue: string;
  modules: [name: string, bytes: Uint8Array<ArrayBuffer>][];
  imports: string[];
  exports: string[];
}

export interface CompileOptions {
  /** For messages. */
  name: string;
  cache: ComponentCache;
  limits: Pick<ServiceLimits, 'componentBytes' | 'compileMs' | 'compiledBytes'>;
  caps: MemoryCaps;
}

/** @throws SandpiperError `invalid-component` */
export async function compileComponent(
  bytes: Uint8Array,
  options: CompileOptions,
): Promise<CompiledComponent> {
  const { name, caps } = options;
  const { digest, translated } = await translateComponentFile(bytes, options);
  const { glue, imports, exports } = translated;
  const modules = await compileCapped(translated, caps).catch((error: unknown) => {
    throw refused(
      name,
      error instanceof OverCap ? error.message : `WebAssembly refuses it (${messageOf(error)})`,
    );
  });
  for (const module of modules.values()) assertHarmlessNames(module, name);
  return { digest, glue, modules, imports, exports };
}

/**
 * The first half: translated, or found to be already, and not yet compiled.
 *
 * @throws SandpiperError `invalid-component`
 */
export async function translateComponentFile(
  bytes: Uint8Array,
  { name, cache, limits }: Omit<CompileOptions, 'caps'>,
): Promise<{ digest: string; translated: TranslatedComponent }> {
  if (bytes.byteLength > limits.componentBytes) {
    throw refused(
      name,
      `it has ${bytes.byteLength} bytes and componentBytes allows ${limits.componentBytes}`,
    );
  }
  assertComponent(bytes, name);
  const digest = createHash('sha256').update(bytes).digest('hex');
  let translated = await cache.read(digest);
  if (translated === undefined) {
    translated = await translate(bytes, name, limits.compileMs);
    assertSize(translated, name, limits.compiledBytes);
    await cache.write(digest, translated);
  }
  return { digest, translated };
}

function assertSize({ glue, modules }: TranslatedComponent, name: string, compiledBytes: number): void {
  const size = modules.reduce((sum, [, bytes]) => sum + bytes.byteLength, glue.length);
  if (size > compiledBytes) {
    throw refused(name, `its translation has ${size} bytes and compiledBytes allows ${compiledBytes}`);
  }
}

async function compileCapped(
  { glue, modules }: TranslatedComponent,
  caps: MemoryCaps,
): Promise<Map<string, WebAssembly.Module>> {
  const capped = capMemory(
    modules.map(([, bytes]) => bytes),
    caps,
    modules.map(([file]) => instancesOf(file, glue)),
  );
  const compiled = await Promise.all(capped.map((bytes) => WebAssembly.compile(bytes)));
  return new Map(modules.map(([file], index) => [file, compiled[index] as WebAssembly.Module]));
}

/** How often the glue instantiates a core module. */
export function instancesOf(file: string, glue: string): number {
  const [, variable = ''] =
    new RegExp(`const (module\\d+) = getCoreModule\\('${RegExp.escape(file)}'\\)`).exec(glue) ?? [];
  return glue.split(new RegExp(`instantiateCore\\(${variable}\\b`)).length - 1;
}

/**
 * The translator writes the names of core imports and exports into the glue between quotes as they are, so a
 * name that could end its quotes would be JavaScript of the component's choice, outside every sandbox.
 */
function assertHarmlessNames(module: WebAssembly.Module, component: string): void {
  const imports = WebAssembly.Module.imports(module);
  const exports = WebAssembly.Module.exports(module);
  const names = [
    ...imports.flatMap((entry) => [entry.module, entry.name]),
    ...exports.map((entry) => entry.name),
  ];
  const harmful = names.find((name) => !HARMLESS_NAME.test(name));
  if (harmful !== undefined) {
    throw refused(
      component,
      `the name ${JSON.stringify(harmful)} in a core module of it has unusual characters`,
    );
  }
}

/** The preamble of a component is `\0asm` with layer 1; that of a core module has layer 0. */
function assertComponent(bytes: Uint8Array, name: string): void {
  const [nul, a, s, m, version, , layer] = bytes;
  if (nul !== 0 || a !== 0x61 || s !== 0x73 || m !== 0x6d)
    throw refused(name, 'it is not a WebAssembly file');
  if (layer !== 1) {
    throw refused(
      name,
      'it is a core module, which `sandpiper run` takes; to be served it must be a component: `jco new` or `wasm-tools component new` wrap it',
    );
  }
  if (version !== 0x0d) throw refused(name, `its binary version ${version} is not the component model's 13`);
}

async function translate(bytes: Uint8Array, name: string, compileMs: number): Promise<TranslatedComponent> {
  const worker = new Worker(threadEntry(import.meta.url, './translate-thread.ts'), {
    workerData: bytes,
    name: 'translate',
    env: {},
    // Its panics would write the component's own words to the host's terminal.
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  const { promise, resolve, reject } = Promise.withResolvers<TranslatedComponent>();
  const timer = setTimeout(
    () => reject(refused(name, `translating it took over the compileMs of ${compileMs}`)),
    compileMs,
  );
  worker.on('message', (answer: TranslatedComponent | { error: PlainError }) => {
    if ('error' in answer) reject(refused(name, `it cannot be translated (${answer.error.message})`));
    else resolve(answer);
  });
  worker.on('error', (error) => reject(refused(name, `it cannot be translated (${String(error)})`)));
  worker.on('exit', () => reject(refused(name, 'its translator ended without an answer')));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** What is said of a file that cannot be used. */
export function refused(name: string, why: string): SandpiperError {
  const readable = escapeControls(why.length > MAX_MESSAGE ? `${why.slice(0, MAX_MESSAGE)}…` : why);
  return new SandpiperError('invalid-component', `Cannot load component ${name}: ${readable}.`);
}
