/**
 * Runs the service in a child process and starts it anew when it dies: ONNX Runtime is native code, and where
 * it aborts it takes its process along. Requests in flight then end with their connections, which their
 * clients see; nothing is answered wrongly, and the port is served again after the models are loaded.
 *
 * A child that ends by itself, because it was told to or because something must be mended, is not started
 * again.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { leave } from './leave.ts';

/** How the service ends when it cannot go on but a new one could. */
export const RESTART_EXIT_CODE = 70;

const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 30_000;
/** A child that lived for this long did not die of its start. */
const SETTLED_MS = 60_000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export async function supervise(argv: readonly string[]): Promise<void> {
  const [, script = '', ...args] = argv;
  const rest = args.filter((arg) => arg !== '--supervise');
  let pauseMs = FIRST_PAUSE_MS;
  let stopping = false;
  let child: ChildProcess | undefined;
  for (const name of SIGNALS) {
    process.on(name, () => {
      stopping = true;
      child?.kill(name);
    });
  }
  for (;;) {
    const started = performance.now();
    child = spawn(process.execPath, [script, ...rest], { stdio: 'inherit' });
    const { code, signal } = await ended(child);
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
