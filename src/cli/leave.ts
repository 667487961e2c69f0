/**
 * How the process ends. `process.exit`, and Node's own end when nothing is left to do, wait for every thread; one that
 * is in the middle of native code is not to be waited for, and ONNX Runtime aborts the process when its thread is ended
 * in a run. So threads that still live at the end are left behind.
 */
import { accessSync, constants } from 'node:fs';
import module from 'node:module';
import type { Worker } from 'node:worker_threads';

/** Milliseconds that whatever is still open gets to close by itself. */
const patienceMs = 2_000;

const SHELL = '/bin/sh';

const threads = new Set<Worker>();
process.on('worker', (thread: Worker) => {
  threads.add(thread);
  thread.once('exit', () => threads.delete(thread));
});

/** Ends the process with an exit code once nothing is left to do, or soon. */
export function leave(exitCode: number): void {
  process.exitCode = exitCode;
  process.once('exit', (code) => {
    if (threads.size > 0) endNow(code);
  });
  setTimeout(() => process.exit(), patienceMs).unref();
}

/**
 * Ends the process at once, whatever its threads are in the middle of: it becomes another program, which ends with the
 * exit code. Where that cannot be, it kills itself.
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
