import { Option, type Command } from 'commander';
import { CONFIG_FILE, readConfigFile } from '../config/config-file.ts';
import { formatQuantity, type Unit } from '../config/quantity.ts';
import { SETTING_SOURCES, readSettings, type SettingSource } from '../config/read-settings.ts';
import type { Settings } from '../config/settings.ts';
import { groupOf, inGroups } from './help-groups.ts';

/** Text below the flags in the help. */
export const UNITS =
  '\nSizes: 500kB, 25MB, 2GiB, or bytes. Times: 500ms, 10s, 5min, 1h, or milliseconds (sounds: seconds).';

const PLACEHOLDERS: Readonly<Record<Unit, string>> = {
  bytes: ' <size>',
  ms: ' <time>',
  seconds: ' <time>',
  none: ' <number>',
};

/** Adds a flag for every setting, and one for the configuration file, to a command. */
export function addSettingFlags(command: Command): Command {
  const help = `JSON file of settings, which flags and environment go before (SANDPIPER_CONFIG; default ${CONFIG_FILE}, if it is there)`;
  command.addOption(new Option('--config <file>', help).helpGroup('Where and what:'));
  for (const source of inGroups(SETTING_SOURCES)) {
    const { flag, variable, about, key } = source;
    const option = new Option(
      `${flag}${placeholder(source)}`,
      `${source.default === true ? 'without the ' : ''}${about} (${variable}; default ${usual(source)})`,
    );
    command.addOption(option.helpGroup(groupOf(key)));
  }
  return command.addHelpText('after', UNITS);
}

/**
 * Settings of a command line, the environment and a configuration file.
 *
 * @param options commander's parsed options: values by flag name in camel case.
 * @throws SandpiperError `invalid-config`
 */
export function settingsFromFlags(options: Readonly<Record<string, unknown>>): Settings {
  const flags = SETTING_SOURCES.map((source) => [source.flag, textOf(givenTo(source, options))] as const);
  return settingsOf(Object.fromEntries(flags), textOf(options['config']));
}

/**
 * Like {@link settingsFromFlags}, for a command with only some of the flags.
 *
 * @param flags values by flag, `{ '--models': 'models' }`
 * @throws SandpiperError `invalid-config`
 */
export function settingsOf(flags: Readonly<Record<string, string | undefined>>, config?: string): Settings {
  const file = readConfigFile(config ?? (process.env['SANDPIPER_CONFIG'] || undefined));
  return readSettings(flags, process.env, file);
}

/** A message with the flags of the settings in place of their keys. */
export function withFlagNames(message: string): string {
  return message.replaceAll(
    /\bthe setting (\w+)/g,
    (text, name: string) => SETTING_SOURCES.find(({ key }) => key === name)?.flag ?? text,
  );
}

/** The given value of an option; commander reports the default of a `--no-` flag as if it had been given. */
function givenTo(
  { key, default: fallback }: SettingSource,
  options: Readonly<Record<string, unknown>>,
): unknown {
  const value = options[key];
  return typeof fallback === 'boolean' && value === fallback ? undefined : value;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'boolean' ? String(value) : typeof value === 'string' ? value : undefined;
}

/** Placeholder of a flag's value; boolean flags take none. */
function placeholder({ default: fallback, unit }: SettingSource): string {
  if (typeof fallback === 'boolean') return '';
  return typeof fallback === 'number' ? PLACEHOLDERS[unit] : ' <text>';
}

function usual({ default: fallback, unit }: SettingSource): string {
  if (typeof fallback === 'number') return formatQuantity(fallback, unit);
  return (Array.isArray(fallback) ? fallback.join(',') : String(fallback ?? '')) || 'none';
}
