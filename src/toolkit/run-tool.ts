/** Runs another toolchain's command as part of a component's build. */
import { spawnSync } from 'node:child_process';
import { BuildFailure } from './build-failure.ts';
import { remedyHere, type Remedy } from './distribution.ts';

export interface ToolOptions {
  /** How to install the command and what it needs. */
  install: string | Remedy;
  env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command to its end, with its output shown.
 *
 * @throws BuildFailure if it cannot be found or fails, with the remedy for this system
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
    `${command} ended with ${signal ?? `exit code ${status}`}; its output is above. If a part of it is missing: ${remedy}.`,
  );
}
