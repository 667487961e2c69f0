/** A crate for components, compiled by whichever Rust this machine has for WebAssembly. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

const TARGET = 'wasm32-unknown-unknown';

/** Debian's compiler comes without a library for the target, and with its source: it is built as well. */
const DEBIAN = {
  RUSTC: '/usr/bin/rustc',
  RUSTC_BOOTSTRAP: '1',
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: 'wasm-ld-14',
};
const BUILD_LIBRARY = ['-Z', 'build-std=std,panic_abort'];

/**
 * Runs Cargo in the working directory.
 *
 * @param library name of the crate's library
 * @returns its core module
 * @throws BuildFailure if Cargo is missing or fails
 */
export async function buildRust(library: string): Promise<Uint8Array> {
  const libraries = spawnSync('rustc', ['--print', 'target-libdir', '--target', TARGET], {
    encoding: 'utf8',
  });
  const hasTarget = libraries.status === 0 && existsSync(libraries.stdout.trim());
  const debian = !hasTarget && existsSync('/usr/lib/rustlib/src/rust');
  const options = ['build', '--release', '--locked', '--target', TARGET, ...(debian ? BUILD_LIBRARY : [])];
  runTool(debian ? '/usr/bin/cargo' : 'cargo', [...options, '--config', shortNames()], {
    install: hasRustup()
      ? `rustup target add ${TARGET}`
      : {
          debian:
            'apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld, or as elsewhere',
          alpine: `apk add rustup, then \`rustup-init\` and \`rustup target add ${TARGET}\``,
          else: `get Rust from rustup.rs, then \`rustup target add ${TARGET}\``,
        },
    env: debian ? DEBIAN : {},
  });
  return readFile(join(process.env['CARGO_TARGET_DIR'] ?? 'target', TARGET, 'release', `${library}.wasm`));
}

function hasRustup(): boolean {
  return spawnSync('rustup', ['--version']).status === 0;
}

/** Panics name source files: those outside the project by short names, not by where this machine keeps them. */
function shortNames(): string {
  const names = {
    [process.env['CARGO_HOME'] ?? join(homedir(), '.cargo')]: 'cargo',
    '/usr/lib/rustlib/src/rust': 'rust',
  };
  const flags = Object.entries(names).map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`);
  return `build.rustflags=${JSON.stringify(flags)}`;
}
