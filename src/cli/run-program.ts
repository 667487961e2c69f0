import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { SandpiperError, messageOf } from '../errors.ts';
import { addAddCommand } from './add.ts';
import { addCheckCommand } from './check.ts';
import { addDevCommand } from './dev.ts';
import { addLockCommand } from './lock.ts';
import { addNewCommand } from './new.ts';
import { addRunCommand } from './run.ts';
import { addServeCommand } from './serve.ts';
import { UNITS, withFlagNames } from './setting-flags.ts';

/**
 * The `sandpiper` command. Each subcommand loads its modules when it runs, so that none waits for the modules of
 * others, nor the supervisor for the service's. Every failure is one sentence on standard error and exit code 1, which
 * is left in `process.exitCode`: the process goes on.
 *
 * @param argv like `process.argv`, program and script included
 */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const program = new Command('sandpiper')
    .description(packageJson.description)
    .version(packageJson.version)
    .showSuggestionAfterError()
    // Arguments after the file of `run` belong to the command.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`sandpiper: ${toSentence(text)}\n`),
    });
  const serve = addServeCommand(program);
  program.addHelpText('after', () => `\nWithout a command it serves:\n\n${serve.helpInformation()}${UNITS}`);
  addAddCommand(program);
  addCheckCommand(program);
  addDevCommand(program);
  addNewCommand(program);
  addLockCommand(program);
  addRunCommand(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    // commander has printed its errors and help already.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode;
      return;
    }
    const hint = error instanceof SandpiperError ? '' : ' (--log-level debug shows where)';
    process.stderr.write(`sandpiper: ${withFlagNames(messageOf(error))}${hint}\n`);
    process.exitCode = 1;
  }
}

/** "error: unknown option '--prot'\n(Did you mean --port?)\n" as one sentence. */
function toSentence(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
}
