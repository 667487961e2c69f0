/** Which toolchains this machine has. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { LanguageName } from '../../src/scaffold/languages.ts';

const cache = join(import.meta.dirname, '..', '..', '.cache');

/** Toolchains besides the machine's own, which `.ci/toolchains` installs there. */
export const TOOL_ENV: Readonly<Record<string, string>> = {
  PATH: [
    ...['componentize-py', 'wit-bindgen'].map((tool) => join(cache, tool, 'bin')),
    process.env['PATH'],
  ].join(delimiter),
  CARGO_TARGET_DIR: join(cache, 'cargo-target'),
};

export type Toolchain = { version: string } | { missing: string };

/** The toolchain that builds a language's examples here, or why there is none. */
export function findToolchain(language: LanguageName): Toolchain {
  const { devDependencies } = packageJson;
  switch (language) {
    case 'assemblyscript':
      return { version: `assemblyscript ${devDependencies.assemblyscript}` };
    case 'javascript':
    case 'typescript':
      return { version: `componentize-qjs ${devDependencies['componentize-qjs']}` };
    case 'c':
      return withBindings(compilesForWasi() ? ask('clang') : { missing: needs('clang with wasi-libc') });
    case 'rust':
      return findRust();
    case 'go':
      return withBindings(ask('go', 'version'));
    case 'python':
      return ask('componentize-py');
  }
}

/** C and Go have their bindings from a generator. */
function withBindings(compiler: Toolchain): Toolchain {
  const generator = ask('wit-bindgen');
  if ('missing' in compiler || 'missing' in generator) return 'missing' in compiler ? compiler : generator;
  return { version: `${compiler.version}, ${generator.version}` };
}

function compilesForWasi(): boolean {
  const args = ['--target=wasm32-wasi', '-fsyntax-only', '-x', 'c', '-'];
  return spawnSync('clang', args, { input: '#include <stdlib.h>\n' }).status === 0;
}

/** As build.js chooses: a compiler with the target's library, or else Debian's with the library's source. */
function findRust(): Toolchain {
  const args = ['--print', 'target-libdir', '--target', 'wasm32-unknown-unknown'];
  const { stdout } = spawnSync('rustc', args, { encoding: 'utf8' });
  if (existsSync(stdout?.trim() || 'none')) return ask('rustc');
  if (existsSync('/usr/lib/rustlib/src/rust')) return ask('/usr/bin/rustc');
  return { missing: needs('Cargo with the target wasm32-unknown-unknown') };
}

/** The first line of what a command says of its version. */
function ask(command: string, flag = '--version'): Toolchain {
  const env = { ...process.env, ...TOOL_ENV };
  const { status, stdout } = spawnSync(command, [flag], { encoding: 'utf8', env });
  return status === 0 ? { version: stdout.split('\n', 1)[0] ?? '' } : { missing: needs(command) };
}

function needs(what: string): string {
  return `there is no ${what}; .ci/toolchains installs what the registries offer`;
}
