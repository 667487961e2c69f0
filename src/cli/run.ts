import { InvalidArgumentError, Option, type Command } from 'commander';
import { COMMAND_LIMITS } from '../config/limits.ts';
import { formatQuantity, parseQuantity } from '../config/quantity.ts';
import { SandpiperError } from '../errors.ts';
import { TENSOR_NUMBERINGS, type TensorNumbering } from '../nn/witx/tensor-type.ts';
import type { CommandOptions } from '../command/run-command.ts';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { keepCompiled } from './compile-cache.ts';
import { settingsOf } from './setting-flags.ts';

/** Exit codes: a trap like an abort, and a timeout like timeout(1). */
const EXIT = { trap: 134, timeout: 124 };

interface RunFlags {
  dir: Readonly<Record<string, string>>;
  dirWritable: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
  nnGraph: Readonly<Record<string, string>>;
  nnAllowLoad?: boolean;
  nnTensorTypes?: TensorNumbering;
  timeout: number;
  memory: number;
  dirBytes: number;
  verbose?: boolean;
}

/** `sandpiper run`: runs a WebAssembly command once. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run a command once: a component that exports wasi:cli/run, or a core module with _start')
    .argument('<file>', 'the .wasm file')
    .argument('[args...]', 'arguments of the command')
    .passThroughOptions()
    .option('--dir <host[::guest]>', 'let it read a folder; repeat for more', addPair('::', 'guest'), {})
    .option(
      '--dir-writable <host[::guest]>',
      'let it read and write a folder, which is brought up to date when it has ended; repeat for more',
      addPair('::', 'guest'),
      {},
    )
    .option('--env <name=value>', 'set a variable; it sees no others', addPair('=', 'first'), {})
    .option('--nn-graph <name=path>', 'an ONNX file that it may load by a name', addPair('=', 'first'), {})
    .option('--nn-allow-load', 'let it load graphs from bytes')
    .addOption(
      new Option(
        '--nn-tensor-types <numbering>',
        'how a core module numbers tensor types; found out by default',
      ).choices(Object.keys(TENSOR_NUMBERINGS)),
    )
    .option('--timeout <seconds>', 'stop it then', toSeconds, COMMAND_LIMITS.deadlineMs / 1_000)
    .addOption(sizeOption('--memory <size>', 'linear memory that it may use', COMMAND_LIMITS.memoryBytes))
    .addOption(
      sizeOption(
        '--dir-bytes <size>',
        'files of its folders, those that it writes too, together',
        COMMAND_LIMITS.folderBytes,
      ),
    )
    .option('--verbose', 'say on standard error what wasi:nn made of calls, and why it refused some')
    .addHelpText(
      'after',
      `\nExit code: the command's own; ${EXIT.trap} after a trap, ${EXIT.timeout} after the timeout, 1 when it cannot be run.`,
    )
    .action(run);
}

async function run(path: string, args: string[], flags: RunFlags): Promise<void> {
  const settings = settingsOf({});
  const options: CommandOptions = {
    path,
    args,
    env: flags.env,
    folders: flags.dir,
    writableFolders: flags.dirWritable,
    graphs: flags.nnGraph,
    allowLoad: flags.nnAllowLoad === true,
    timeoutMs: flags.timeout * 1_000,
    limits: {
      memoryBytes: flags.memory,
      folderBytes: flags.dirBytes,
      // A tensor may be as large as the memory.
      tensorBytes: Math.max(flags.memory, COMMAND_LIMITS.tensorBytes),
      requestTensorBytes: Math.max(flags.memory, COMMAND_LIMITS.requestTensorBytes),
    },
    numbering: flags.nnTensorTypes,
    cacheDir: settings.cacheDir,
    streams: process,
    onLog: ({ by, program, level, context, message }) => {
      if (by === 'host' && flags.verbose !== true) return;
      const who = by === 'host' ? 'sandpiper' : `${program}: ${level}`;
      process.stderr.write(
        `${escapeControls([who, context, message].filter((part) => part !== '').join(': '))}\n`,
      );
    },
  };
  keepCompiled(settings.cacheDir);
  try {
    const { runCommand } = await import('../command/run-command.ts');
    process.exitCode = await runCommand(options, settings.limits);
  } catch (error) {
    if (!(error instanceof SandpiperError)) throw error;
    process.stderr.write(`sandpiper: ${escapeControls(error.message)}\n`);
    const { code } = error;
    process.exitCode =
      code === 'component-failed' ? EXIT.trap : code === 'deadline-exceeded' ? EXIT.timeout : 1;
  } finally {
    // Open, it would keep the process alive.
    process.stdin.destroy();
  }
}

/** Collects pairs of a repeatable option by name; a missing `guest` equals the host's. */
function addPair(separator: string, key: 'first' | 'guest') {
  return (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
    const at = text.indexOf(separator);
    if (at === 0 || text === '' || text.includes('\0') || (at < 0 && key === 'first')) {
      throw new InvalidArgumentError(key === 'first' ? 'Give name=value.' : 'Give a folder, or host::guest.');
    }
    const [first, second] = at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + separator.length)];
    return { ...before, ...(key === 'first' ? { [first]: second } : { [second]: first }) };
  };
}

function sizeOption(flag: string, about: string, bytes: number): Option {
  return new Option(flag, about).argParser(toBytes).default(bytes, formatQuantity(bytes, 'bytes'));
}

function toBytes(text: string): number {
  const bytes = parseQuantity(text, 'bytes') ?? 0;
  if (bytes < 1 || !Number.isInteger(bytes))
    throw new InvalidArgumentError('Give bytes, such as 67108864 or 64MiB.');
  return bytes;
}

function toSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0) throw new InvalidArgumentError('Give a number of seconds above 0.');
  return seconds;
}
