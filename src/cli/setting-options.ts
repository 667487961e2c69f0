import { Option, type Command } from 'commander';
import { SETTING_SOURCES, readSettings } from '../config/setting-sources.ts';
import type { Settings, SettingValue } from '../config/settings.ts';

/** Gives a command a flag for every setting. */
export function addSettingOptions(command: Command): Command {
  for (const { flag, variable, about, default: fallback } of SETTING_SOURCES) {
    const usual = Array.isArray(fallback) ? fallback.join(',') : String(fallback ?? '');
    const help = `${about} (${variable}; default ${usual || 'none'})`;
    command.addOption(new Option(`${flag}${placeholder(fallback)}`, help));
  }
  return command;
}

/**
 * The settings that a command line and the environment make.
 *
 * @param options what commander parsed: values by flag name in camel case.
 * @throws SandpiperError `invalid-config`
 */
export function settingsFromOptions(options: Readonly<Record<string, unknown>>): Settings {
  const flags = SETTING_SOURCES.map(({ flag, path }) => {
    const value = options[path.at(-1) ?? ''];
    return [flag, value === true ? 'true' : typeof value === 'string' ? value : undefined] as const;
  });
  return readSettings(Object.fromEntries(flags), process.env);
}

/** A flag that is true or false takes no value. */
function placeholder(fallback: SettingValue): string {
  if (typeof fallback === 'boolean') return '';
  return typeof fallback === 'number' ? ' <number>' : ' <text>';
}
