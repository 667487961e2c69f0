/**
 * Composed components, from parts that each come from a compiler of their own:
 *
 *   classifier.wasm   a preprocessor in C hands its tensor to a classifier in Rust
 *   allow-list.wasm   middleware in Rust between any guest and wasi:nn
 *   guarded.wasm      the C example as it is, with that middleware under it
 *
 *   node components/examples/build-composed.ts    needs clang, Cargo, and `cargo install wac-cli@0.12.0`
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../src/toolkit/run-tool.ts';
import { toComponent } from '../../src/toolkit/to-component.ts';
import { TOOL_ENV } from './toolchains.ts';

const here = join(import.meta.dirname, 'composed');
const out = join(import.meta.dirname, '..', '..', '.cache', 'composed');

const clang = (args: string[]) =>
  runTool('clang', ['--target=wasm32-wasi', ...args], { install: '.ci/toolchains installs it' });

/** As in the C example: linked without an -O, at which clang runs any wasm-opt that it finds. */
async function buildPreprocessor(): Promise<Uint8Array> {
  const from = join(here, 'preprocessor');
  const sources = { preprocessor: 'preprocessor.c', bindings: 'bindings/preprocessor.c' };
  const objects = Object.keys(sources).map((name) => join(out, `${name}.o`));
  for (const [name, file] of Object.entries(sources)) {
    clang(['-std=gnu11', '-O2', '-Wall', '-c', join(from, file), '-o', join(out, `${name}.o`)]);
  }
  const core = join(out, 'preprocessor.core.wasm');
  const type = join(from, 'bindings', 'preprocessor_component_type.o');
  clang(['-mexec-model=reactor', '-Wl,--strip-debug', '-o', core, ...objects, type]);
  return toComponent(await readFile(core));
}

/** Both Rust parts, by the compiler of Debian or any that has the target. */
function buildRust(): void {
  const target = ['--release', '--locked', '--target', 'wasm32-unknown-unknown'];
  const library = ['-Z', 'build-std=std,panic_abort'];
  runTool('/usr/bin/cargo', ['build', '--manifest-path', join(here, 'Cargo.toml'), ...target, ...library], {
    install: '.ci/toolchains installs it',
    env: {
      ...TOOL_ENV,
      RUSTC: '/usr/bin/rustc',
      RUSTC_BOOTSTRAP: '1',
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: 'wasm-ld-14',
    },
  });
}

async function rustComponent(name: string): Promise<Uint8Array> {
  const folder = join(TOOL_ENV['CARGO_TARGET_DIR'] ?? '', 'wasm32-unknown-unknown', 'release');
  return toComponent(await readFile(join(folder, `${name}.wasm`)));
}

/** What the guest imports and the plug exports is wired inside; all else comes from the host. */
function plug(guest: string, plugged: string, result: string): void {
  runTool('wac', ['plug', guest, '--plug', plugged, '-o', result], {
    install: 'cargo install wac-cli@0.12.0',
  });
}

await mkdir(out, { recursive: true });
const part = (name: string) => join(out, `${name}.wasm`);
buildRust();
await writeFile(part('preprocessor'), await buildPreprocessor());
await writeFile(part('classifier-half'), await rustComponent('classifier'));
await writeFile(join(here, 'allow-list.wasm'), await rustComponent('allow_list'));
plug(part('classifier-half'), part('preprocessor'), join(here, 'classifier.wasm'));
const example = join(here, '..', 'image-classification', 'c', 'component.wasm');
plug(example, join(here, 'allow-list.wasm'), join(here, 'guarded.wasm'));
