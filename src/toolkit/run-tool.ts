/** Another toolchain's command, run as part of a component's build. */
import { spawnSync } from 'node:child_process';

export interface ToolOptions {
  /** What to do when the command is not there. */
  install: string;
  env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command to its end; what it writes is seen.
 *
 * @throws Error when it cannot be found, with what to do, or when it fails
 */
export function runTool(command: string, args: readonly string[], { install, env }: ToolOptions): void {
  const { error, status, signal } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (error !== undefined) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(missing ? `${command} is not installed: ${install}` : `${command}: ${error.message}`);
  }
  if (status !== 0) throw new Error(`${command} ended with ${signal ?? `exit code ${status}`}`);
}
