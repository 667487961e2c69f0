/** `sandpiper.json`: settings in a file; flags and environment variables override them. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type SandpiperError, messageOf, invalidConfig } from '../errors.ts';
import { isInline } from './access-keys.ts';
import { parseJson } from './json-value.ts';
import { resolveSettings, type SettingsInput } from './settings.ts';

/** Read from the working directory unless another file is named. */
export const CONFIG_FILE = 'sandpiper.json';

/** Settings with paths: in a file they are relative to its folder. */
const PATHS = ['models', 'cacheDir', 'keys'] as const;

/**
 * @param path undefined for {@link CONFIG_FILE}, which need not exist
 * @throws SandpiperError `invalid-config` that says what is unusable and in which file
 */
export function readConfigFile(path: string | undefined): SettingsInput {
  const file = path ?? CONFIG_FILE;
  const text = readText(file, path !== undefined);
  if (text === undefined) return {};
  const json = parseJson(text, (cause) => unusable(file, `it is not JSON (${messageOf(cause)})`, cause));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw unusable(
      file,
      'it holds no object; expected one such as {"port": 8080, "limits": {"uploadBytes": "25MB"}}',
    );
  }
  const { $schema: _, ...input } = json as SettingsInput & { $schema?: unknown };
  try {
    resolveSettings(input);
  } catch (cause) {
    throw unusable(file, messageOf(cause).replace(/\.$/, ''), cause);
  }
  for (const key of PATHS) {
    const value = input[key];
    if (typeof value === 'string' && !isInline(value)) input[key] = resolve(dirname(file), value);
  }
  return input;
}

function readText(file: string, isNamed: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code = messageOf(cause) } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isNamed) return undefined;
    throw unusable(file, `it cannot be read (${code})`, cause);
  }
}

function unusable(file: string, why: string, cause?: unknown): SandpiperError {
  return invalidConfig(`Cannot use the configuration ${file}: ${why}.`, { cause });
}
