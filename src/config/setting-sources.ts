import { describeSettings, resolveSettings, type Settings } from './settings.ts';

/** One setting as flags and environment name it. */
export interface SettingSource {
  /** Path in {@link Settings}: `['limits', 'uploadBytes']`. */
  readonly path: readonly string[];
  /** `--upload-bytes` */
  readonly flag: string;
  /** `SANDPIPER_UPLOAD_BYTES` */
  readonly variable: string;
  readonly about: string;
  readonly default: string | number;
}

/** Every setting with its flag and its environment variable: both names follow from the key. */
export const SETTING_SOURCES: readonly SettingSource[] = describeSettings().map((setting) => {
  const kebab = (setting.path.at(-1) ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    ...setting,
    flag: `--${kebab}`,
    variable: `SANDPIPER_${kebab.replaceAll('-', '_').toUpperCase()}`,
  };
});

/**
 * Settings from text: a flag wins over the environment, which wins over the default. An empty variable
 * counts as unset.
 *
 * @param flags values by flag, `{ '--port': '8081' }`.
 * @param environment usually `process.env`.
 * @throws SandpiperError `invalid-config` that names the flag or variable that is unusable.
 */
export function readSettings(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const input: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  const names = new Map<string, string>();
  for (const source of SETTING_SOURCES) {
    const flag = flags[source.flag];
    const text = flag ?? (environment[source.variable] || undefined);
    if (text === undefined) continue;
    const key = source.path.at(-1) ?? '';
    names.set(source.path.join('.'), flag === undefined ? source.variable : source.flag);
    const target = source.path.length === 1 ? input : limits;
    target[key] = typeof source.default === 'number' ? toNumber(text) : text;
  }
  return resolveSettings({ ...input, limits }, (path) => names.get(path.join('.')) ?? path.join('.'));
}

/** Text that is no plain number stays text, so that the message shows what was given. */
function toNumber(text: string): string | number {
  return /^\d{1,15}$/.test(text.trim()) ? Number(text) : text;
}
