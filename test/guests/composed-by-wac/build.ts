/**
 * Builds the composed components of this folder, and their built.json: `node build.ts`, with `wit-bindgen` (0.63) and
 * `wac` (0.12) of crates.io in the PATH and, on Debian, clang, lld, wasi-libc and libclang-rt-14-dev-wasm32.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentEmbed } from '@bytecodealliance/jco-transpile/wasm-tools';
import {
  digestOfBytes,
  digestOfSources,
  writeBuiltRecord,
  type BuiltRecord,
} from '../../../components/built-record.ts';
import { compile } from '../../../components/compile.ts';
import { readContract, toComponent } from '../../../components/world.ts';
import { COMPONENT_FILE } from '../../../src/toolkit/install-component.ts';
import { toComponent as wrap } from '../../../src/toolkit/to-component.ts';

const here = import.meta.dirname;
const root = join(here, '..', '..', '..');
/** Its own component is tied to its sources by the examples' built.json. */
const unmodified = join(root, 'components/examples/image-classification/c', COMPONENT_FILE);

export const COMPOSED = ['preprocessed', 'guarded'] as const;

/**
 * Of what a composition is made of: this folder, the types of its worlds and the component that comes in ready. What
 * else changes in wit/ and in the SDK does not matter to it.
 */
export async function digestOfComposed(name: (typeof COMPOSED)[number]): Promise<string> {
  const worlds = name === 'guarded' ? ['allow-list'] : ['preprocessor', 'classifier'];
  const witSource = await composedWit();
  const types = worlds.map(async (world) =>
    componentEmbed({ witSource, world: `sandpiper:composed/${world}`, dummy: true }),
  );
  const ready = name === 'guarded' ? readFile(unmodified) : compileClassifier();
  const hash = createHash('sha256').update(await digestOfSources([here]));
  for (const part of await Promise.all([...types, ready])) hash.update(part);
  return hash.digest('hex');
}

async function main(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'sandpiper-composed-'));
  try {
    await compose(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const tools = ['clang', 'wit-bindgen', 'wac'].map(versionOf).join(', ');
  const record: BuiltRecord = {};
  for (const name of COMPOSED) {
    const component = digestOfBytes(await readFile(join(here, `${name}.wasm`)));
    record[name] = { sources: await digestOfComposed(name), component, toolchain: tools };
  }
  await writeBuiltRecord(here, record);
}

async function compose(work: string): Promise<void> {
  await layWit(work);
  const preprocessor = await buildC(work, 'preprocessor');
  const allowList = await buildC(work, 'allow-list');
  const classifier = await buildClassifier(work);
  run('wac', 'plug', classifier, '--plug', preprocessor, '-o', join(here, 'preprocessed.wasm'));
  run('wac', 'plug', unmodified, '--plug', allowList, '-o', join(here, 'guarded.wasm'));
}

/** composed.wit with what it uses in deps/, as wit-bindgen wants it. */
async function layWit(work: string): Promise<void> {
  await mkdir(join(work, 'wit'), { recursive: true });
  await cp(join(here, 'composed.wit'), join(work, 'wit', 'composed.wit'));
  await cp(join(root, 'wit', 'deps'), join(work, 'wit', 'deps'), { recursive: true });
  await mkdir(join(work, 'wit', 'deps', 'sandpiper'));
  for (const name of await readdir(join(root, 'wit')))
    if (name.endsWith('.wit'))
      await cp(join(root, 'wit', name), join(work, 'wit', 'deps', 'sandpiper', name));
}

async function buildC(work: string, name: string): Promise<string> {
  const world = name.replaceAll('-', '_');
  run('wit-bindgen', 'c', join(work, 'wit'), '--world', name, '--out-dir', join(work, 'bindings'));
  const bindings = join(work, 'bindings', world);
  const core = join(work, `${name}.core.wasm`);
  const options = ['-mexec-model=reactor', '-Os', '-flto', '-s', '-Wall', '-Wl,-z,stack-size=65536'];
  const sources = [join(here, `${name}.c`), `${bindings}.c`, `${bindings}_component_type.o`];
  run('clang', '--target=wasm32-wasi', ...options, '-I', work, '-o', core, ...sources);
  const component = join(work, `${name}.wasm`);
  await writeFile(component, await wrap(new Uint8Array(await readFile(core))));
  return component;
}

async function buildClassifier(work: string): Promise<string> {
  const component = join(work, 'classifier.wasm');
  const wit = await composedWit();
  await writeFile(
    component,
    await toComponent(await compileClassifier(), 'sandpiper:composed/classifier', wit),
  );
  return component;
}

async function compileClassifier(): Promise<Uint8Array> {
  return compile({
    name: '../test/guests/composed-by-wac/classifier',
    world: 'classifier',
    exports: 'sandpiper:inference/image-classification@0.1.0',
  });
}

/** The contract with composed.wit beside it. */
async function composedWit(): Promise<string> {
  const wit = await readFile(join(here, 'composed.wit'), 'utf8');
  return `${await readContract()}\n${wit.replace(/^package ([^;]+);$/m, 'package $1 {')}\n}`;
}

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ended with ${String(status ?? error?.message)}`);
}

/** The first line of what a tool says of its version. */
function versionOf(tool: string): string {
  return spawnSync(tool, ['--version'], { encoding: 'utf8' }).stdout.split('\n', 1)[0] ?? '';
}

if (import.meta.main) await main();
