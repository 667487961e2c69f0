/**
 * Commands one after another in one process, for what they say and not for how their process starts and ends, which takes
 * most of a short command.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CliOptions, CliResult } from './cli.ts';
import { built } from './built.ts';

type CommandOptions = Pick<CliOptions, 'cwd' | 'env' | 'stdin'>;

/** What the process is asked to run. */
export interface CommandRequest extends CommandOptions {
  readonly args: readonly string[];
}

export type CommandAnswer = Pick<CliResult, 'stderr' | 'bytes'> & { readonly code: number };

export interface Commands extends Disposable {
  /** The same as {@link runCli}'s. */
  readonly run: (args: readonly string[], options?: CommandOptions) => Promise<CliResult>;
}

export function startCommands(): Commands {
  const child = fork(join(import.meta.dirname, 'commands-process.ts'), [built('src/cli/run-program.ts')], {
    execArgv: ['--require', join(import.meta.dirname, 'compile-cache.cjs')],
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code, signal]: (string | number | null)[]) => {
    throw new Error(`the process of the commands ended: ${code ?? signal}`);
  });
  ended.catch(() => undefined);
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: async (args, options = {}) => {
      const answer = last.then(async () => {
        const answered = once(child, 'message') as Promise<[CommandAnswer]>;
        child.send({ ...options, args } satisfies CommandRequest);
        const [{ bytes, ...rest }] = await Promise.race([answered, ended]);
        return { ...rest, bytes: Buffer.from(bytes), stdout: Buffer.from(bytes).toString(), signal: null };
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  };
}
