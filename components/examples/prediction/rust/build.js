// Rust to a component in models/.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installComponent, runTool, toComponent } from 'sandpiper/toolkit';

const TARGET = 'wasm32-unknown-unknown';

/** Debian's compiler comes without a library for the target, and with its source: it is built as well. */
const DEBIAN = {
  RUSTC: '/usr/bin/rustc',
  RUSTC_BOOTSTRAP: '1',
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: 'wasm-ld-14',
};
const BUILD_LIBRARY = ['-Z', 'build-std=std,panic_abort'];

/** Panics name source files: those outside this project by short names, not by where this machine keeps them. */
const SHORT_NAMES = {
  [process.env.CARGO_HOME ?? join(homedir(), '.cargo')]: 'cargo',
  '/usr/lib/rustlib/src/rust': 'rust',
};
const flags = Object.entries(SHORT_NAMES).map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`);

const { stdout } = spawnSync('rustc', ['--print', 'target-libdir', '--target', TARGET], { encoding: 'utf8' });
const hasTarget = existsSync(stdout?.trim() || 'none');
const debian = !hasTarget && existsSync('/usr/lib/rustlib/src/rust');
runTool(
  debian ? '/usr/bin/cargo' : 'cargo',
  [
    ...['build', '--release', '--locked', '--target', TARGET, ...(debian ? BUILD_LIBRARY : [])],
    ...['--config', `build.rustflags=${JSON.stringify(flags)}`],
  ],
  {
    install: {
      debian: 'apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld, or as elsewhere',
      alpine: `apk add rustup, then \`rustup-init\` and \`rustup target add ${TARGET}\``,
      else: `get Rust from rustup.rs, then \`rustup target add ${TARGET}\``,
    },
    env: debian ? DEBIAN : {},
  },
);
const target = process.env.CARGO_TARGET_DIR ?? 'target';
const component = await toComponent(await readFile(`${target}/${TARGET}/release/predictor.wasm`));
await installComponent(component, import.meta.dirname);
