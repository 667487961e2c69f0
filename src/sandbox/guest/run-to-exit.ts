/** Runs a command's entry and tells its exit status. */
import { ComponentExit } from '../../capabilities/cli/cli.ts';

/** @throws whatever else ends it: a trap */
export function runToExit(entry: () => void): number {
  try {
    entry();
    return 0;
  } catch (thrown) {
    if (thrown instanceof ComponentExit) return thrown.status;
    // The err of wasi:cli/run, which has no value.
    if (thrown === undefined) return 1;
    throw thrown;
  }
}
