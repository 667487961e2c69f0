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
    if (error instanceof BuildFailure) process.stderr.write(`${error.message}\n`);
    else console.error(error);
    process.exit(1);
  });
}
