/** The package as `npm pack` makes it, from a checkout of its own, so that building in it disturbs nobody. */
import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './readme.ts';

const execute = promisify(execFile);

/** Sources of a package. */
const SOURCES = [
  'src',
  'wit',
  'components',
  'models',
  'deploy/package',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
];

export interface Packed {
  /** The path of the package. */
  readonly archive: string;
  readonly files: readonly string[];
}

/**
 * @param source a folder that does not exist yet; the package is left in it
 * @param from whether it is built there from its sources, which takes half a minute, or has what was built here
 */
export async function packInto(source: string, from: 'sources' | 'what is built'): Promise<Packed> {
  await mkdir(source);
  const builds = from === 'sources';
  const components = join(repository, 'components', 'build');
  for (const name of builds ? SOURCES : [...SOURCES, 'dist']) {
    await cp(join(repository, name), join(source, name), {
      recursive: true,
      filter: (path) => !builds || path !== components,
    });
  }
  await link('node_modules', join(source, 'node_modules'));
  const stdout = await npm(source, 'pack', '--silent', '--offline', ...(builds ? [] : ['--ignore-scripts']));
  const archive = join(source, stdout.trim().split('\n').at(-1) ?? '');
  const listed = await execute('tar', ['-tzf', archive]);
  const files = listed.stdout.split('\n').flatMap((line) => {
    const file = line.replace(/^package\//, '').trim();
    return file === '' || file.endsWith('/') ? [] : [file];
  });
  return { archive, files };
}

/** Links a file or folder of the repository to another place. */
export async function link(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await symlink(join(repository, from), to, 'junction');
}

/**
 * Runs npm as if this process had not been started by npm itself, whose settings of this repository it has inherited.
 *
 * @returns standard output
 * @throws Error with all output
 */
export async function npm(cwd: string, ...args: string[]): Promise<string> {
  return run('npm', cwd, args);
}

/** As {@link npm}. */
export async function npx(cwd: string, ...args: string[]): Promise<string> {
  return run('npx', cwd, args);
}

async function run(command: string, cwd: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(command, args, {
    cwd,
    env: withoutNpm(),
    shell: process.platform === 'win32',
  });
  return stdout;
}

/** Without the variables that npm sets for its scripts, but for its cache, its registry and its user's settings. */
export function withoutNpm(): NodeJS.ProcessEnv {
  const kept = new Set(['npm_config_cache', 'npm_config_registry', 'npm_config_userconfig']);
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_|init_cwd$|onnxruntime_)/i.test(name) || kept.has(name.toLowerCase()),
    ),
  );
}
