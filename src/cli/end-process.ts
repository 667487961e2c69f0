/**
 * Ends the process. `process.exit`, and Node's own exit, wait for every thread, those of libuv's pool among them; a thread
 * in native code must not be waited for, and ONNX Runtime aborts the process if its thread is ended in a run. So threads
 * that are still alive are left behind.
 */
import { accessSync, constants } from 'node:fs';
import module from 'node:module';
import type { Worker } from 'node:worker_threads';

/** Milliseconds for open handles to close by themselves. */
const patienceMs = 2_000;

const SHELL = '/bin/sh';

const threads = new Set<Worker>();
process.on('worker', (thread: Worker) => {
  threads.add(thread);
  thread.once('exit', () => threads.delete(thread));
});

/** Ends the process with an exit code when nothing is left to do, or after {@link patienceMs}. */
export function leave(exitCode: number): void {
  process.exitCode = exitCode;
  process.once('exit', (code) => {
    if (threads.size > 0) endNow(code);
  });
  setTimeout(() => endNow(exitCode), patienceMs).unref();
}

/**
 * Ends the process at once, whatever its threads do: it executes another program, which exits with the code. If that is
 * not possible, it kills itself.
 */
export function endNow(exitCode: number): void {
  module.flushCompileCache();
  try {
    accessSync(SHELL, constants.X_OK);
    process.execve?.(SHELL, ['sh', '-c', `exit ${exitCode}`], {});
  } catch {
    // No shell, or not on the main thread.
  }
  process.kill(process.pid, 'SIGKILL');
}
