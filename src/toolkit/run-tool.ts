/** Another toolchain's command, run as part of a component's build. */
import { spawnSync } from 'node:child_process';
import { BuildFailure } from './build-failure.ts';
import { remedyHere, type Remedy } from './distribution.ts';

export interface ToolOptions {
  /** How to get the command and what it needs. */
  install: string | Remedy;
  env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command to its end; what it writes is seen.
 *
 * @throws BuildFailure when it cannot be found, or when it fails, with what to do on this system
 */
export function runTool(command: string, args: readonly string[], { install, env }: ToolOptions): void {
  const { error, status, signal } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  const remedy = typeof install === 'string' ? install : remedyHere(install);
  if (error !== undefined) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BuildFailure(
      missing
        ? `${command} is not installed, and this build needs it: ${remedy}.`
        : `${command} could not be run (${error.message}): ${remedy}.`,
    );
  }
  if (status === 0) return;
  throw new BuildFailure(
    `${command} ended with ${signal ?? `exit code ${status}`}, and what it says stands above; where it misses a part of itself: ${remedy}.`,
  );
}
