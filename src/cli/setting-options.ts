import { Option, type Command } from 'commander';
import { SETTING_SOURCES, readSettings } from '../config/setting-sources.ts';
import type { Settings } from '../config/settings.ts';

/** Gives a command a flag for every setting. */
export function addSettingOptions(command: Command): Command {
  for (const { flag, variable, about, default: fallback } of SETTING_SOURCES) {
    const value = typeof fallback === 'number' ? '<number>' : '<text>';
    command.addOption(new Option(`${flag} ${value}`, `${about} (${variable}; default ${fallback})`));
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
    return [flag, typeof value === 'string' ? value : undefined] as const;
  });
  return readSettings(Object.fromEntries(flags), process.env);
}
