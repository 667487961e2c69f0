/** A server in a process of its own, so that both sides of a comparison have the same conditions. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface ChildServer extends AsyncDisposable {
  url: string;
  /** Milliseconds from the start of the process to its ready line. */
  readyMs: number;
  pid: number;
  /** Proportional set size of it and of the processes that it started, in MB. */
  memoryMb(): Promise<number>;
}

/**
 * Starts a script that prints one line of JSON with a `url` when it is ready.
 *
 * @param script relative to bench/
 * @param nodeFlags for Node itself
 */
export async function startServer(
  script: string,
  args: readonly string[],
  { env = process.env, nodeFlags = [] }: { env?: NodeJS.ProcessEnv; nodeFlags?: readonly string[] } = {},
): Promise<ChildServer> {
  const started = performance.now();
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, [...nodeFlags, path, ...args], {
    // Other measured programs must not look up a telemetry host either.
    env: { ORT_DISABLE_TELEMETRY: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await firstUrl(child);
  return {
    url,
    readyMs: performance.now() - started,
    pid: child.pid ?? 0,
    memoryMb: () => familyMb(child.pid ?? 0),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function firstUrl(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const url = /"url":\s*"([^"]+)"/.exec(text)?.[1];
    if (url !== undefined) {
      child.stdout?.resume();
      return url;
    }
  }
  throw new Error(`${child.spawnargs.join(' ')} ended before it was ready: ${text}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill('SIGTERM');
  await promise;
}

/** Linux only; NaN elsewhere. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Linux only; NaN elsewhere. */
export async function threadsOf(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => undefined);
  return tasks?.length ?? Number.NaN;
}

/** Shared pages count in parts, so that a sum over processes means something. Linux only; NaN elsewhere. */
async function proportionalMb(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s*(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) / 1024;
}

async function familyMb(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const pids = children.trim().split(' ').filter(Boolean).map(Number);
  const sizes = await Promise.all([proportionalMb(pid), ...pids.map(familyMb)]);
  return sizes.reduce((sum, size) => sum + size);
}
