/** Virtual environments for tests that run Python, each made once below .cache/python and kept until it changes. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const cache = join(import.meta.dirname, '../../.cache/python');

export interface PythonNeed {
  /** Path of the environment's folder. */
  readonly name: string;
  /** A requirements file with every version pinned. */
  readonly requirements: string;
  /** Takes the file as the whole list: what a package says that it needs is not installed. */
  readonly withoutDependencies?: boolean;
  /** Interpreters, the best first. */
  readonly pythons: readonly string[];
  /** Python that raises where an interpreter is of no use; a syntax error or a missing module counts too. */
  readonly probe: string;
  /** For whoever waits: what comes, and how much. */
  readonly size: string;
}

/** Where tests cannot run, and that is nobody's fault. */
export class Unavailable extends Error {}

/**
 * The environment's own interpreter.
 *
 * @throws Unavailable where there is no interpreter that fits, or the packages cannot be installed
 */
export async function pythonEnvironment(need: PythonNeed): Promise<string> {
  const python = await findPython(need);
  const folder = join(cache, need.name);
  const own = join(folder, 'bin/python');
  const stamp = join(folder, 'made-from');
  const wanted = createHash('sha256')
    .update(`${python} ${need.probe} ${need.withoutDependencies ?? false}\n`)
    .update(await readFile(need.requirements))
    .digest('hex');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return own;

  const started = performance.now();
  await rm(folder, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  console.log(`making a virtual environment in .cache/python/${need.name}`);
  await run(python, ['-m', 'venv', folder]);
  console.log(`installing ${need.size}`);
  const alone = need.withoutDependencies === true ? ['--no-deps'] : [];
  const options = ['--quiet', '--disable-pip-version-check', '--no-compile', '--only-binary', ':all:'];
  await run(own, ['-m', 'pip', 'install', ...options, ...alone, '--requirement', need.requirements]);
  await writeFile(stamp, wanted);
  console.log(`installed in ${Math.round((performance.now() - started) / 1000)} s`);
  return own;
}

async function findPython({ pythons, probe }: PythonNeed): Promise<string> {
  const why: string[] = [];
  for (const python of pythons) {
    try {
      await promisify(execFile)(python, ['-c', `import ensurepip, venv\n${probe}`]);
      return python;
    } catch (error) {
      const { stderr = '', message } = error as Error & { stderr?: string };
      why.push(`${python}: ${stderr.trim().split('\n').at(-1) || message}`);
    }
  }
  throw new Unavailable(`no Python that fits (${why.join('; ')})`);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Unavailable(`${command} ${args.slice(0, 3).join(' ')} ended with ${code}`);
}
