/** `sandpiper run` in this process, for what is told of a command and not of the process that runs it. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCommand, type CommandOptions } from '../../src/command/run-command.ts';
import { COMMAND_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { guestCache } from './guest-cache.ts';

export interface RunHere extends Partial<Pick<CommandOptions, 'graphs' | 'allowLoad' | 'folders'>> {
  readonly path: string;
  readonly args: readonly string[];
}

export interface RanHere {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the host said of its calls, as `--verbose` shows it. */
  readonly said: readonly string[];
}

export async function runHere({ path, args, ...given }: RunHere): Promise<RanHere> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const written = Promise.all([text(stdout), text(stderr)]);
  const said: string[] = [];
  const code = await runCommand(
    {
      path,
      args,
      env: {},
      folders: {},
      writableFolders: {},
      graphs: {},
      allowLoad: false,
      ...given,
      timeoutMs: COMMAND_LIMITS.deadlineMs,
      limits: COMMAND_LIMITS,
      numbering: undefined,
      cacheDir: guestCache,
      streams: { stdin, stdout, stderr },
      onLog: ({ by, message }) => by === 'host' && said.push(message),
    },
    SERVICE_LIMITS,
  );
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { code, stdout: out, stderr: err, said };
}
