/** The process of {@link startCommands}: a command has streams, a folder and variables that stand for a process's own. */
import { Readable, Writable } from 'node:stream';
import type { CommandAnswer, CommandRequest } from './commands.ts';

const { runProgram } = (await import(process.argv[2] ?? '')) as {
  runProgram: (argv: readonly string[]) => Promise<void>;
};
const home = process.cwd();

process.on('message', (request: CommandRequest) => void answer(request));
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

async function answer({ args, cwd = home, env = {}, stdin }: CommandRequest): Promise<void> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  const input = Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]);
  for (const [name, value] of Object.entries({ stdin: input, stdout, stderr }))
    Object.defineProperty(process, name, { value, configurable: true });
  process.chdir(cwd);
  Object.assign(process.env, env);
  process.exitCode = 0;
  await runProgram([process.execPath, 'sandpiper', ...args]);
  for (const name of Object.keys(env)) delete process.env[name];
  process.send?.({
    code: process.exitCode,
    bytes: stdout.bytes(),
    stderr: stderr.bytes().toString(),
  } satisfies CommandAnswer);
}

class Collector extends Writable {
  readonly #chunks: Buffer[] = [];

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}
