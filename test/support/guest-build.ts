import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '../../components/compile.ts';
import { readContract, toComponent } from '../../components/world.ts';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { compileComponent } from '../../src/sandbox/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component-cache.ts';
import type { CompiledComponent } from '../../src/sandbox/guest-protocol.ts';

/** Builds the guests in test/guests. What is built is kept by the digest of its sources. */

const repository = join(import.meta.dirname, '..', '..');
const cacheFolder = join(repository, '.cache', 'test-guests');

/** The world of each guest, and the interface that it exports. */
const GUESTS = {
  'nn-probe': { world: 'sandpiper:test/nn-probe', wit: 'probe.wit', exports: 'sandpiper:test/probe' },
} as const;

const compiled = new Map<string, Promise<CompiledComponent>>();

export async function buildGuest(name: keyof typeof GUESTS): Promise<CompiledComponent> {
  const found = compiled.get(name) ?? compileGuest(name);
  compiled.set(name, found);
  return found;
}

async function compileGuest(name: keyof typeof GUESTS): Promise<CompiledComponent> {
  return compileComponent(await componentOf(name), {
    name,
    cache: new ComponentCache(cacheFolder),
    limits: { componentBytes: 2 ** 20, compileMs: 30_000, compiledBytes: 2 ** 28 },
    caps: MODEL_LIMITS,
  });
}

async function componentOf(name: keyof typeof GUESTS): Promise<Uint8Array> {
  const kept = join(cacheFolder, `${name}-${await digestOfSources(name)}.wasm`);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined) return found;
  const { world, wit, exports } = GUESTS[name];
  const core = await compile({ name: `../test/guests/${name}`, world, exports });
  const own = await readFile(join(repository, 'test', 'guests', name, wit), 'utf8');
  const component = await toComponent(core, world, `${await readContract()}\n${own}`);
  await mkdir(cacheFolder, { recursive: true });
  const aside = `${kept}.${process.pid}`;
  await writeFile(aside, component);
  await rename(aside, kept);
  return component;
}

/** All that a guest is made of: its own folder, the SDK, the contract, and the compiler's options and version. */
async function digestOfSources(name: string): Promise<string> {
  const folders = [`test/guests/${name}`, 'components/sdk', 'wit'];
  const nested = await Promise.all(folders.map((folder) => filesOf(join(repository, folder))));
  const single = ['components/compile.ts', 'components/world.ts', 'node_modules/assemblyscript/package.json'];
  const hash = createHash('sha256');
  for (const path of [...nested.flat(), ...single.map((file) => join(repository, file))]) {
    hash.update(path).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
