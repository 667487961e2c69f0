/** Runs a command's entry and returns its exit status. */
import { ComponentExit } from '../../capabilities/cli/cli.ts';

/** @throws any other error that ends it: a trap */
export function runToExit(entry: () => void): number {
  try {
    entry();
    return 0;
  } catch (thrown) {
    if (thrown instanceof ComponentExit) return thrown.status;
    // The err of wasi:cli/run is thrown as undefined.
    if (thrown === undefined) return 1;
    throw thrown;
  }
}
