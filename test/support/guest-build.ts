import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '../../components/compile.ts';
import { readContract, toComponent } from '../../components/world.ts';
import { MODEL_LIMITS } from '../../src/config/limits.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import type { NnVersion } from '../../src/nn/wit-versions.ts';
import type { CompiledComponent } from '../../src/sandbox/guest-protocol.ts';
import { guestCache } from './guest-cache.ts';

/** Builds the guests in test/guests. What is built is kept by the digest of its sources. */

const repository = join(import.meta.dirname, '..', '..');
const cacheFolder = join(repository, '.cache', 'test-guests');

/** The world of each guest, and the interface that it exports. */
const GUESTS = {
  'nn-probe': { world: 'sandpiper:test/nn-probe', wit: 'probe.wit', exports: 'sandpiper:test/probe' },
} as const;

/** The release of wasi:nn that the sources name. Names of releases are all of one length. */
const NEWEST: NnVersion = '0.2.0-rc-2024-10-28';

/** The release that lets guests make errors. */
const WITH_ERRORS: NnVersion = '0.2.0-rc-2024-06-25';

const compiled = new Map<string, Promise<CompiledComponent>>();

/** @param version of wasi:nn that the guest is built against */
export async function buildGuest(
  name: keyof typeof GUESTS,
  version: NnVersion = NEWEST,
): Promise<CompiledComponent> {
  const key = `${name}-${version}`;
  const found = compiled.get(key) ?? compileGuest(name, version);
  compiled.set(key, found);
  return found;
}

async function compileGuest(name: keyof typeof GUESTS, version: NnVersion): Promise<CompiledComponent> {
  return compileComponent(await componentOf(name, version), {
    name,
    cache: new ComponentCache(guestCache),
    limits: { componentBytes: 2 ** 20, compileMs: 30_000, compiledBytes: 2 ** 28 },
    caps: MODEL_LIMITS,
  });
}

async function componentOf(name: keyof typeof GUESTS, version: NnVersion): Promise<Uint8Array> {
  const kept = join(cacheFolder, `${name}-${version}-${await digestOfSources(name)}.wasm`);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined) return found;
  const { world, wit, exports } = GUESTS[name];
  const older = version !== NEWEST;
  const core = await compile(
    { name: `../test/guests/${name}`, world, exports },
    { ...(older && { NN_OLDER: 1 }), ...(version === WITH_ERRORS && { NN_ERRORS: 1 }) },
  );
  const own = await readFile(join(repository, 'test', 'guests', name, wit), 'utf8');
  const component = older
    ? await toComponent(withRelease(core, version), world, await olderWit(own, version))
    : await toComponent(core, world, `${await readContract()}\n${own}`);
  await mkdir(cacheFolder, { recursive: true });
  const aside = `${kept}.${process.pid}`;
  await writeFile(aside, component);
  await rename(aside, kept);
  return component;
}

/** A core module whose imports name another release. */
function withRelease(core: Uint8Array, version: NnVersion): Uint8Array {
  return Buffer.from(Buffer.from(core).toString('latin1').replaceAll(NEWEST, version), 'latin1');
}

/** A guest's WIT against an older release, which knows none of our own interfaces for the newest one. */
async function olderWit(own: string, version: NnVersion): Promise<string> {
  const file = `wasi-nn-${version.slice('0.2.0-rc-'.length)}.wit`;
  const paths = [`older-nn/${file}`, 'deps/wasi-logging/logging.wit'];
  const packages = await Promise.all(paths.map((path) => readFile(join(repository, 'wit', path), 'utf8')));
  const nested = packages.map((text) => `${text.replace(/^package ([^;]+);$/m, 'package $1 {')}}`);
  const guest = own.replaceAll(NEWEST, version).replaceAll(/^.*(?:bound-inputs|graph-facts).*$/gm, '');
  return ['package sandpiper:older;', guest, ...nested].join('\n');
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
