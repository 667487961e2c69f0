// Go to a component in models/, by Go's own compiler.
import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { installComponent, readWit, runTool, toComponent } from 'sandpiper/toolkit';

await mkdir('build', { recursive: true });
// Function names stay, for traps that can be read: -s would drop them. The runtime's sbrk is not for everybody.
const flags = ['-buildmode=c-shared', '-trimpath', '-ldflags=-w -checklinkname=0'];
runTool('go', ['build', ...flags, '-o', 'build/core.wasm', '.'], {
  install: {
    fedora: 'dnf install golang',
    alpine: 'apk add go',
    arch: 'pacman -S go',
    macos: 'brew install go',
    else: 'install Go 1.24 or later, go.dev/doc/install',
  },
  env: { GOOS: 'wasip1', GOARCH: 'wasm', GOFLAGS: '-mod=mod' },
});
// Go speaks WASI preview 1: this makes WASI 0.2 of it.
const adapter = new URL(
  '../lib/wasi_snapshot_preview1.reactor.wasm',
  import.meta.resolve('@bytecodealliance/jco'),
);
const component = await toComponent(await readFile('build/core.wasm'), {
  world: { wit: await readWit('wit'), name: 'image-classifier' },
  adapter: await readFile(fileURLToPath(adapter)),
});
await installComponent(component, import.meta.dirname);
