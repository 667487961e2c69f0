import { Option, type Command } from 'commander';
import { nearName } from '../config/near-name.ts';
import { type SandpiperError, invalidConfig } from '../errors.ts';
import { keepCompiled } from './compile-cache.ts';
import { addSettingFlags, settingsFromFlags } from './setting-flags.ts';
import { canSupervise, LAUNCHER, supervise, SUPERVISOR, UNSUPERVISED } from './supervise.ts';

interface ServeOptions {
  readonly json?: boolean;
  readonly supervise: boolean;
  readonly supervisor?: number;
  readonly launcher?: number;
}

/** `sandpiper serve`, which is also the default command. */
export function addServeCommand(program: Command): Command {
  const command = program
    .command('serve', { isDefault: true })
    .description('serve the models over HTTP until SIGTERM or SIGINT')
    // Words that are no command come here, the default: they are refused with what they may have been.
    .allowExcessArguments();
  return addSettingFlags(command)
    .addOption(running('--json', 'print the ready message as one line of JSON'))
    .addOption(running(UNSUPERVISED, 'run without the supervisor, which restarts a service that dies'))
    .addOption(new Option(`${SUPERVISOR} <pid>`).argParser(Number).hideHelp())
    .addOption(new Option(`${LAUNCHER} <pid>`).argParser(Number).hideHelp())
    .action(async (options: ServeOptions & Readonly<Record<string, unknown>>) => {
      const [word] = command.args;
      if (word !== undefined) throw noCommand(word, program);
      const settings = settingsFromFlags(options);
      const { json = false, supervisor, launcher } = options;
      if (supervisor === undefined && options.supervise && canSupervise()) {
        return supervise(process.argv, settings);
      }
      keepCompiled(settings.cacheDir);
      const { serveModels } = await import('./serve-models.ts');
      return serveModels(settings, { json, supervisor, launcher });
    });
}

function running(flag: string, about: string): Option {
  return new Option(flag, about).helpGroup('How it runs:');
}

function noCommand(word: string, { commands }: Command): SandpiperError {
  const names = commands.map((one) => one.name());
  const near = nearName(names, word);
  const hint = near === undefined ? `there are ${names.join(', ')}` : `"${near}" is meant, perhaps`;
  return invalidConfig(
    `There is no command "${word}": ${hint}; npm passes on what stands behind --, as in npm start -- --port 8000.`,
  );
}
