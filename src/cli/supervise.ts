/**
 * Runs the service in a child process and starts it anew when it dies: ONNX Runtime is native code, and where
 * it aborts it takes its process along. Requests in flight then end with their connections, which their
 * clients see; nothing is answered wrongly, and the port is served again after the models are loaded.
 *
 * The child's memory is bounded from outside: an allocation over the bound fails, which ONNX Runtime reports as
 * the error of one run, instead of taking the machine's last memory.
 *
 * A child that ends by itself, because it was told to or because something must be mended, is not started
 * again.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { ALLOCATOR } from '../config/allocator.ts';
import { leave } from './leave.ts';

/** The flag by which the service runs in the process that was started. */
export const UNSUPERVISED = '--no-supervise';

/** How the service ends when it cannot go on but a new one could. */
export const RESTART_EXIT_CODE = 70;

/** Address space that V8 reserves and the system counts, though next to none of it is used. */
const RESERVED_BYTES = 1_024 * 2 ** 20;

const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 30_000;
/** A child that lived for this long did not die of its start. */
const SETTLED_MS = 60_000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * @param argv as `process.argv`
 * @param memoryBytes what the service's process may take; Linux alone can hold it to that
 */
export async function supervise(argv: readonly string[], memoryBytes: number): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let stopping = false;
  let child: ChildProcess | undefined;
  for (const name of SIGNALS) {
    process.on(name, () => {
      child?.kill(stopping ? 'SIGKILL' : name);
      stopping = true;
    });
  }
  for (;;) {
    const started = performance.now();
    child = start(argv.slice(1), memoryBytes);
    const { code, signal } = await ended(child);
    if (stopping && signal !== null) return endBy(signal);
    if (stopping || (signal === null && code !== RESTART_EXIT_CODE)) return leave(code ?? 1);
    if (performance.now() - started > SETTLED_MS) pauseMs = FIRST_PAUSE_MS;
    process.stderr.write(
      `sandpiper: the service died (${signal ?? 'an engine thread ended'}); starting it anew in ${pauseMs} ms.\n`,
    );
    await pause(pauseMs);
    if (stopping) return leave(0);
    pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
  }
}

/** As a leader of its own group, so that a terminal's Ctrl-C reaches it once: through the supervisor. */
function start(args: readonly string[], memoryBytes: number): ChildProcess {
  const command = [process.execPath, ...process.execArgv, ...args, UNSUPERVISED];
  // The channel says nothing; that it closes tells the service that its supervisor is gone.
  const options = {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...ALLOCATOR, ...process.env },
  } satisfies SpawnOptions;
  if (process.platform !== 'linux') return spawn(command[0] ?? '', command.slice(1), options);
  const kibibytes = String(Math.floor((memoryBytes + RESERVED_BYTES) / 1024));
  return spawn('/bin/sh', ['-c', 'ulimit -d "$0" && exec "$@"', kibibytes, ...command], options);
}

/** Ends this process in the same way as the service's. */
function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

async function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
