/**
 * From a component file to compiled modules and glue.
 *
 * Translation runs in a trial process with limits of time and memory, because a hostile component may make the
 * translator loop; the same process tries to compile the code. The translation is kept on disk by the digest of the
 * component, so that an unchanged component is translated and tried once.
 */
import { hash } from 'node:crypto';
import type { ServiceLimits } from '../../config/limits.ts';
import { capMemory, type MemoryCaps } from './cap-memory.ts';
import type { ComponentCache } from './component-cache.ts';
import type { CompiledComponent, CompiledModule } from '../guest-protocol.ts';
import { importMemory } from './import-memory.ts';
import { instancesOf, type TranslatedComponent } from './translated-component.ts';
import { assertFileSize, refused, refusedCode, tryFile } from './try-file.ts';

/** Letters, digits and the marks that compilers use: nothing that can end or escape a string in JavaScript. */
const HARMLESS_NAME = /^[\p{L}\p{M}\p{N} !#$%&()*+,\-./:;<=>?@[\]^_{|}~]*$/u;

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
    throw refusedCode(name, error);
  });
  for (const { module } of modules.values()) assertHarmlessNames(module, name);
  return { kind: 'component', digest, glue, modules, imports, exports };
}

/**
 * Translates a component, or reads its translation from the cache, without compiling it.
 *
 * @throws SandpiperError `invalid-component`
 */
export async function translateComponentFile(
  bytes: Uint8Array,
  { name, cache, limits }: Omit<CompileOptions, 'caps'>,
): Promise<{ digest: string; translated: TranslatedComponent }> {
  assertFileSize(bytes, name, limits);
  assertComponent(bytes, name);
  const digest = hash('sha256', bytes);
  const kept = await cache.read(digest);
  if (kept !== undefined) return { digest, translated: kept };
  const translated = (await tryFile({ kind: 'component', bytes }, name, limits)) as TranslatedComponent;
  await cache.write(digest, translated);
  return { digest, translated };
}

async function compileCapped(
  translated: TranslatedComponent,
  caps: MemoryCaps,
): Promise<Map<string, CompiledModule>> {
  const { modules } = translated;
  const capped = capMemory(
    modules.map(([, bytes]) => bytes),
    caps,
    instancesOf(translated),
  );
  const compiled = await Promise.all(
    capped.map(async (module): Promise<CompiledModule> => {
      const { bytes, memory } = importMemory(module);
      return { module: await WebAssembly.compile(bytes), memory };
    }),
  );
  return new Map(modules.map(([file], index) => [file, compiled[index] as CompiledModule]));
}

/**
 * The translator writes names of core imports and exports into the glue unescaped between quotes, so a name that
 * ends its quotes would run JavaScript of the component's choice outside the sandbox.
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
