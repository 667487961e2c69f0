// Go to a component in models/, by Go's own compiler.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { generateBindings, installComponent, readWit, runTool, toComponent } from 'sandpiper/toolkit';

const world = 'predictor';
generateBindings('go', { world });
// Their own go.mod asks for a newer Go than they need. go.work brings them together with the component's package, which
// is named as they call it.
await writeFile('bindings/go.mod', 'module wit_component\n\ngo 1.24\n');
await mkdir('build', { recursive: true });
// Function names stay, for traps that can be read: -s would drop them. The runtime's sbrk is not for everybody.
const flags = ['-buildmode=c-shared', '-trimpath', '-ldflags=-w -checklinkname=0'];
runTool('go', ['build', ...flags, '-o', 'build/core.wasm', 'wit_component'], {
  install: {
    fedora: 'dnf install golang',
    alpine: 'apk add go',
    arch: 'pacman -S go',
    macos: 'brew install go',
    else: 'install Go 1.24 or later, go.dev/doc/install',
  },
  env: { GOOS: 'wasip1', GOARCH: 'wasm', GOWORK: '' },
});
// Go speaks WASI preview 1: this makes WASI 0.2 of it.
const adapter = new URL(
  '../lib/wasi_snapshot_preview1.reactor.wasm',
  import.meta.resolve('@bytecodealliance/jco'),
);
const component = await toComponent(await readFile('build/core.wasm'), {
  world: { wit: await readWit('wit'), name: world },
  adapter: await readFile(fileURLToPath(adapter)),
});
await installComponent(component, import.meta.dirname);
