/** A component built from its sources and made ready to run in this process. */
import { glob, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { build } from '../../../components/build.ts';
import { catalogue } from '../../../components/catalogue.ts';
import { readContract } from '../../../components/world.ts';

export interface Instance {
  /** The exported interface, its functions under their names in JavaScript. */
  readonly exports: Record<string, (...args: unknown[]) => unknown>;
  readonly memory: WebAssembly.Memory;
}

export type Instantiate = (imports: object) => Promise<Instance>;

interface Glue {
  instantiate(
    getCoreModule: (path: string) => WebAssembly.Module,
    imports: object,
    instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
  ): Promise<Record<string, Instance['exports']>>;
}

/** Transpiles a component; what it returns makes fresh instances. */
export async function load(component: Uint8Array): Promise<Instantiate> {
  const { files } = await transpileBytes(component, {
    name: 'guest',
    instantiation: { tag: 'async' } as never,
  });
  const entries = Object.entries(files);
  const glue = await importSource(present(entries.find(([path]) => path.endsWith('.js')))[1]);
  const modules = new Map<string, WebAssembly.Module>();
  for (const [path, bytes] of entries) {
    if (path.endsWith('.wasm')) modules.set(path, await WebAssembly.compile(new Uint8Array(bytes)));
  }
  return async (imports) => {
    let memory: WebAssembly.Memory | undefined;
    const interfaces = await glue.instantiate(
      (path) => present(modules.get(path)),
      imports,
      (module, coreImports) => {
        const instance = new WebAssembly.Instance(module, coreImports);
        memory ??= instance.exports['memory'] as WebAssembly.Memory | undefined;
        return instance;
      },
    );
    const name = Object.keys(interfaces).find((key) => !key.includes(':'));
    return { exports: present(interfaces[present(name)]), memory: present(memory) };
  };
}

/** From a file and not a data URL, since Node prints a failing module's whole URL. */
async function importSource(source: Uint8Array): Promise<Glue> {
  const folder = await mkdtemp(join(tmpdir(), 'sandpiper-guest-'));
  try {
    const file = join(folder, 'guest.mjs');
    await writeFile(file, source);
    return (await import(pathToFileURL(file).href)) as Glue;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the transpiled component lacks a part');
  return value;
}

const repository = join(import.meta.dirname, '../../..');

/** Builds the component called `name`, unless what is built is newer than all sources, and transpiles it. */
export async function buildAndLoad(name: string): Promise<Instantiate> {
  const source = catalogue.find((entry) => entry.name === name);
  if (!source) throw new Error(`no component "${name}"`);
  const built = join(repository, 'components/build', `${name}.wasm`);
  const since = await writtenAt(built).catch(() => 0);
  const sources = glob(['wit/**/*.wit', 'components/**/*.ts', 'package-lock.json'], { cwd: repository });
  for await (const path of sources)
    if ((await writtenAt(join(repository, path))) > since)
      return load(await build(source, await readContract()));
  return load(await readFile(built));
}

async function writtenAt(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}
