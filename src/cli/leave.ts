/** Milliseconds that whatever is still open gets to close by itself. */
const patienceMs = 2_000;

/**
 * Ends the process with an exit code once nothing is left to do. `process.exit` in the middle of an ONNX
 * Runtime run aborts the whole process, so it is only what remains when something does not close.
 */
export function leave(exitCode: number): void {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), patienceMs).unref();
}
