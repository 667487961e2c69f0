import { parseQuantity, unitOf } from './quantity.ts';
import { describeSettings, resolveSettings, type Settings, type SettingsInput } from './settings.ts';

/** Every setting with its flag and its environment variable: both names follow from the key. */
export const SETTING_SOURCES = describeSettings().map((setting) => {
  const kebab = setting.key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    ...setting,
    unit: unitOf(setting.key),
    /** `--upload-bytes`; `--no-page` for a setting that is on by default. */
    flag: setting.default === true ? `--no-${kebab}` : `--${kebab}`,
    /** `SANDPIPER_UPLOAD_BYTES` */
    variable: `SANDPIPER_${kebab.replaceAll('-', '_').toUpperCase()}`,
  };
});

export type SettingSource = (typeof SETTING_SOURCES)[number];

/**
 * Reads settings from text: flags override the environment, which overrides a configuration file. An empty variable
 * counts as unset.
 *
 * @param flags values by flag, `{ '--port': '8081' }`.
 * @param environment usually `process.env`.
 * @param file settings of a configuration file.
 * @throws SandpiperError `invalid-config` that names the flag or variable that is unusable.
 */
export function readSettings(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
  file: SettingsInput = {},
): Settings {
  const input: Record<string, unknown> = { ...file };
  const limits: Record<string, unknown> = { ...file.limits };
  const names = new Map<string, string>();
  for (const source of SETTING_SOURCES) {
    const flag = flags[source.flag];
    const text = flag ?? (environment[source.variable] || undefined);
    if (text === undefined) continue;
    names.set(source.key, flag === undefined ? source.variable : source.flag);
    const target = source.isLimit ? limits : input;
    target[source.key] = fromText(text, source);
  }
  return resolveSettings({ ...input, limits }, (path) => names.get(path.at(-1) ?? '') ?? path.join('.'));
}

/** Converts text to the type of the default. Unusable text stays text, so that the message shows it. */
function fromText(text: string, { default: kind, unit }: SettingSource): SettingSource['default'] {
  if (Array.isArray(kind)) return text.split(',').map((part) => part.trim());
  if (typeof kind === 'number') return parseQuantity(text, unit) ?? text;
  if (typeof kind === 'boolean' && /^(true|false|1|0)$/.test(text)) return text === 'true' || text === '1';
  return text;
}
