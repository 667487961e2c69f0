/**
 * A home of its own for a program, so that a test can tell what the program left behind and whom it asked.
 *
 * Files in the folders afterwards are found on every platform. Where strace is installed, so is what was written
 * anywhere else and each address that was reached for, in all processes and threads that the program started.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliOptions } from './cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface PrivateHome extends AsyncDisposable {
  /** The one folder that may be written to; `SANDPIPER_CACHE_DIR` names it. */
  readonly cache: string;
  /** For {@link startCli}. */
  readonly options: CliOptions & { readonly cwd: string };
  /** The files and folders outside the cache, by their paths from the folder that holds home, tmp and cwd. */
  leftBehind(): Promise<string[]>;
  /** Once the program has ended: the paths outside the cache that were opened for writing or made. */
  written(): Promise<string[]>;
  /** Once the program has ended: the calls that connected or sent to an internet address. */
  reachedFor(): Promise<string[]>;
}

export const canTrace = process.platform === 'linux' && works('strace', '--version');

const CALLS =
  'connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,mknod,mknodat,' +
  'link,linkat,symlink,symlinkat,rename,renameat,renameat2';

/** A call that makes something. Opening without one of these flags only reads. */
const WRITES =
  /^\d+ +(?:(?:creat|mkdir|mknod|link|symlink|rename)\w*\(|open(?:at)?\(.*\bO_(?:WRONLY|RDWR|CREAT)\b)/;

export async function privateHome(): Promise<PrivateHome> {
  const folder = await temporaryFolder('sandpiper-home-');
  const at = (name: string): string => join(folder.path, name);
  const cache = at('cache');
  const trace = at('trace');
  for (const name of ['home', 'tmp', 'cwd']) await mkdir(at(name));

  // As a grandchild, strace leaves its parent's place to Node: signals and the exit code are Node's.
  const tracer = ['--daemonize=grandchild', '--follow-forks', '--string-limit=4096', `--output=${trace}`];
  const traced = async (): Promise<string[]> => (canTrace ? (await readFile(trace, 'utf8')).split('\n') : []);

  return {
    cache,
    options: {
      ...(canTrace
        ? { node: 'strace', nodeOptions: [...tracer, `--trace=${CALLS}`, process.execPath] }
        : { node: process.execPath }),
      cwd: at('cwd'),
      env: {
        SANDPIPER_CACHE_DIR: cache,
        ...pointingTo(at('home'), ['HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA']),
        ...pointingTo(at('tmp'), ['TMPDIR', 'TEMP', 'TMP']),
      },
    },
    leftBehind: async () => {
      const found = ['home', 'tmp', 'cwd'].map(async (name) =>
        (await readdir(at(name), { recursive: true })).map((path) => join(name, path)),
      );
      return (await Promise.all(found)).flat().toSorted();
    },
    written: async () => {
      const paths = (await traced()).filter((line) => WRITES.test(line)).flatMap(pathsOf);
      return [...new Set(paths)].filter(
        (path) =>
          path !== cache && !path.startsWith(`${cache}/`) && !/^\/(?:dev\/(?:null|tty)$|proc\/)/.test(path),
      );
    },
    reachedFor: async () => (await traced()).filter((line) => line.includes('sa_family=AF_INET')),
    [Symbol.asyncDispose]: async () => folder[Symbol.asyncDispose](),
  };
}

function pointingTo(folder: string, variables: readonly string[]): Record<string, string> {
  return Object.fromEntries(variables.map((name) => [name, folder]));
}

function pathsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]+)"/g)].map(([, path = '']) => path);
}

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
