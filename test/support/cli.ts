import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { built } from './built.ts';

/** The command's script. */
export const entry = built('src/cli/sandpiper.js');
/** For the threads, too, that the command starts. */
const compileCache = ['--require', join(import.meta.dirname, 'compile-cache.cjs')];

/** How a command ended, and everything that it wrote. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as it came. */
  readonly bytes: Buffer;
}

/** A command that runs. Disposing of it kills it. */
export interface RunningCli extends Disposable {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
  /** The first line on standard output that matches. Rejects with all output when the command ends first. */
  line(pattern: RegExp): Promise<string>;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself, before the script. */
  readonly nodeOptions?: readonly string[];
  readonly node?: string;
  /** Instead of the command. */
  readonly script?: string;
  readonly cwd?: string;
  /** Its standard input; empty by default. */
  readonly stdin?: Uint8Array;
}

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const nodeOptions = [...(options.node === undefined ? compileCache : []), ...(options.nodeOptions ?? [])];
  const child = spawn(options.node ?? process.execPath, [...nodeOptions, options.script ?? entry, ...args], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...options.env },
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  }) as ChildProcess & { stdout: Readable; stderr: Readable };
  // A command need not read what it is given.
  child.stdin?.on('error', () => undefined).end(options.stdin);
  const chunks: Buffer[] = [];
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code, signal, stdout, stderr, bytes: Buffer.concat(chunks) }),
    );
  });
  return {
    process: child,
    result,
    line: async (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = stdout.split('\n').find((candidate) => pattern.test(candidate));
          if (line !== undefined) resolve(line);
        };
        child.stdout.on('data', look);
        look();
        result.then(
          (ended) => reject(new Error(`ended without that line: ${JSON.stringify(ended)}`)),
          reject,
        );
      }),
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  };
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).result;
}

/** Serves the project's own models on a free port and waits until that is ready. */
export async function startServing(
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<RunningCli & { url: string }> {
  const cli = startCli(['--port', '0', '--json', ...args], options);
  const { url } = JSON.parse(await cli.line(/"event":"ready"/)) as { url: string };
  return { ...cli, url };
}
