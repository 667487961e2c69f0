import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '../../src/cli/sandpiper.js');

/** How a command ended, and everything that it wrote. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. Disposing of it kills it. */
export interface RunningCli extends Disposable {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
  /** The first line on standard output that matches. Rejects with all output when the command ends first. */
  line(pattern: RegExp): Promise<string>;
}

interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself, before the script. */
  readonly nodeOptions?: readonly string[];
  readonly node?: string;
}

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const child = spawn(options.node ?? process.execPath, [...(options.nodeOptions ?? []), entry, ...args], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
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
