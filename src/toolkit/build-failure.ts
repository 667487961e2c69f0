import { inspect } from 'node:util';

/**
 * What ends a build in words. A build script need not catch it: importing the toolkit sees to it that its message is
 * all that is printed, since a stack of Node's says nothing of what to do.
 */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
}

/** Prints what nothing caught, and ends the process with 1. */
export function tellFailures(): void {
  process.once('uncaughtException', (error: unknown) => {
    process.stderr.write(`${error instanceof BuildFailure ? error.message : inspect(error)}\n`);
    process.exit(1);
  });
}
