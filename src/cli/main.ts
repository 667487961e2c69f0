import { leave } from './end-process.ts';
import { runProgram } from './run-program.ts';

/**
 * Runs the `sandpiper` command and ends the process with its exit code.
 *
 * @param argv like `process.argv`, program and script included
 */
export async function main(argv: readonly string[]): Promise<void> {
  for (const output of [process.stdout, process.stderr]) output.on('error', forgiveReader);
  await runProgram(argv);
  leave(Number(process.exitCode ?? 0));
}

/** A reader that has gone, as `head` does, leaves a command to end by itself, and a service to serve. */
function forgiveReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
