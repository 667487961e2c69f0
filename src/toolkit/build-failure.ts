import { inspect } from 'node:util';

/**
 * A build's failure with a message for its user. A build script need not catch it: importing the toolkit makes Node print
 * only the message, without a stack.
 */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
}

/** Prints an uncaught error and ends the process with exit code 1. */
export function reportFailures(): void {
  process.once('uncaughtException', (error: unknown) => {
    process.stderr.write(`${error instanceof BuildFailure ? error.message : inspect(error)}\n`);
    process.exit(1);
  });
}
