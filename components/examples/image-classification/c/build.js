// C to a component in models/.
import { mkdir, readFile } from 'node:fs/promises';
import { installComponent, runTool, toComponent } from 'sandpiper/toolkit';

await mkdir('build', { recursive: true });
runTool(
  process.env.CC ?? 'clang',
  [
    ...['--target=wasm32-wasi', '-mexec-model=reactor', '-std=gnu11', '-O3', '-flto', '-Wall'],
    // No debug sections; function names stay, for traps that can be read.
    '-Wl,--strip-debug',
    ...['-o', 'build/core.wasm', 'classifier.c', 'bindings/image_classifier.c'],
    // The bindings' own description of the world: made by wit-bindgen, as the rest of them.
    'bindings/image_classifier_component_type.o',
  ],
  {
    install:
      'on Debian, `apt-get install --no-install-recommends clang lld wasi-libc libclang-rt-14-dev-wasm32`; ' +
      'elsewhere the WASI SDK, with CC set to its clang',
  },
);
const component = await toComponent(await readFile('build/core.wasm'));
await installComponent(component, import.meta.dirname);
