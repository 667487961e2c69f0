// C to a component in models/.
import { mkdir, readFile } from 'node:fs/promises';
import { generateBindings, installComponent, runTool, toComponent } from 'sandpiper/toolkit';

const clang = (args) =>
  runTool(process.env.CC ?? 'clang', ['--target=wasm32-wasi', ...args], {
    install: {
      debian:
        'apt-get install --no-install-recommends clang lld wasi-libc, and libclang-rt-N-dev-wasm32 of the same clang',
      alpine: 'apk add clang lld wasi-sdk',
      arch: 'pacman -S clang lld wasi-libc wasi-compiler-rt',
      else: 'get the WASI SDK (github.com/WebAssembly/wasi-sdk), and set CC to its clang',
    },
  });

generateBindings('c', { world: 'predictor' });
const sources = { predictor: 'predictor.c', bindings: 'bindings/predictor.c' };
const objects = Object.keys(sources).map((name) => `build/${name}.o`);

await mkdir('build', { recursive: true });
for (const [name, file] of Object.entries(sources)) {
  clang(['-std=gnu11', '-O2', '-Wall', '-c', file, '-o', `build/${name}.o`]);
}
// Linked without an -O, at which clang runs any wasm-opt that it finds. No debug sections, but function names, for
// traps that can be read. The bindings' last object is their description of the world.
clang([
  ...['-mexec-model=reactor', '-Wl,--strip-debug', '-o', 'build/core.wasm'],
  ...[...objects, 'bindings/predictor_component_type.o'],
]);
await installComponent(await toComponent(await readFile('build/core.wasm')), import.meta.dirname);
