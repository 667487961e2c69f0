/** A server in a process of its own, so that both sides of a comparison have the same conditions. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface ChildServer extends AsyncDisposable {
  url: string;
  /** Milliseconds from the start of the process to its ready line. */
  readyMs: number;
  /** Resident memory in MB. */
  residentMb(): Promise<number>;
}

/**
 * Starts a script that prints one line of JSON with a `url` when it is ready.
 *
 * @param script relative to bench/
 */
export async function startServer(script: string, args: readonly string[]): Promise<ChildServer> {
  const started = performance.now();
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await firstUrl(child);
  return {
    url,
    readyMs: performance.now() - started,
    residentMb: () => residentMb(child.pid ?? 0),
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
