import { hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { type SandpiperError, invalidConfig } from '../errors.ts';
import { parseJson } from './json-value.ts';

/** One client's key and its rights. */
export interface AccessKey {
  /** For the log and for fairness; never shown to another client. */
  readonly name: string;
  /** SHA-256 of the key. */
  readonly digest: Buffer;
  /** Names of the models that exist for it; undefined for all. */
  readonly models: ReadonlySet<string> | undefined;
  /** May load and unload models. */
  readonly operator: boolean;
  readonly rate: KeyRate | undefined;
}

export interface KeyRate {
  readonly requestsPerMinute: number;
  /** Most requests at once. */
  readonly burst: number;
}

const maxFileBytes = 1024 * 1024;
const maxKeys = 1_000;

const count = z.int({ error: 'expected a whole number from 1' }).min(1, 'expected a whole number from 1');

// Messages show no given value: it may be a key in the wrong field.
const keySchema = z.strictObject(
  {
    name: z
      .string('expected text')
      .regex(/^[\w.@-]{1,64}$/, 'expected 1 to 64 letters, digits, or any of _.@-'),
    key: z
      .string('expected text')
      .regex(/^[\w.~+/-]{16,256}={0,2}$/, 'expected 16 to 256 letters, digits, or any of -._~+/')
      .optional(),
    sha256: z
      .string('expected text')
      .regex(/^[0-9a-f]{64}$/i, 'expected 64 hexadecimal digits')
      .optional(),
    models: z.array(z.string('expected names of models'), 'expected a list of names').optional(),
    operator: z.boolean('expected true or false').default(false),
    requestsPerMinute: count.optional(),
    burst: count.optional(),
  },
  'expected an object with name, key or sha256, and optionally models, operator, requestsPerMinute, burst',
);

const keysSchema = z
  .array(keySchema, 'expected a list of keys')
  .min(1, 'expected at least one key')
  .max(maxKeys, `expected at most ${maxKeys} keys`);

/**
 * Reads the keys of a setting: the path of a JSON file, or the JSON itself, which begins with `[`.
 *
 * @throws SandpiperError `invalid-config` that names the unusable entry and shows no key
 */
export async function readAccessKeys(source: string): Promise<AccessKey[]> {
  const inline = isInline(source);
  const where = inline ? 'the keys given as text' : `the keys in ${source}`;
  const text = inline ? source : await readKeyFile(source);
  // The parser's message quotes the text, which holds keys.
  const json = parseJson(text, () => unusable(where, 'expected valid JSON'));
  const parsed = keysSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = issue?.code === 'unrecognized_keys' ? 'there is a field too many' : issue?.message;
    throw unusable(where, `${showPath(issue?.path ?? [])}${problem ?? 'unusable'}`);
  }
  const keys = parsed.data.map((entry, index) => toAccessKey(entry, where, index));
  assertDistinct(where, 'name', keys, ({ name }) => name);
  assertDistinct(where, 'key', keys, ({ digest }) => digest.toString('hex'));
  return keys;
}

/** Whether the setting holds the keys themselves instead of a path. */
export function isInline(source: string): boolean {
  return source.trimStart().startsWith('[');
}

async function readKeyFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= maxFileBytes) return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `Cannot read the keys: ${path} cannot be read (${code}); name their file.`;
    throw invalidConfig(message, { cause: error });
  }
  throw unusable(`the keys in ${path}`, `the file is larger than ${maxFileBytes} bytes`);
}

function toAccessKey(entry: z.output<typeof keySchema>, where: string, index: number): AccessKey {
  const { name, key, sha256, models, operator, requestsPerMinute, burst } = entry;
  if ((key === undefined) === (sha256 === undefined)) {
    throw unusable(where, `entry ${index + 1}: expected either key or sha256`);
  }
  if (burst !== undefined && requestsPerMinute === undefined) {
    throw unusable(where, `entry ${index + 1}: burst needs requestsPerMinute`);
  }
  return {
    name,
    digest: key === undefined ? Buffer.from(sha256 ?? '', 'hex') : digestOf(key),
    models: models && new Set(models),
    operator,
    rate:
      requestsPerMinute === undefined ? undefined : { requestsPerMinute, burst: burst ?? requestsPerMinute },
  };
}

function assertDistinct(
  where: string,
  what: string,
  keys: readonly AccessKey[],
  valueOf: (key: AccessKey) => string,
): void {
  const values = keys.map(valueOf);
  const twice = values.findIndex((value, index) => values.indexOf(value) !== index);
  if (twice >= 0) throw unusable(where, `entry ${twice + 1}: another entry has the same ${what}`);
}

/** Keys are compared by digests: all have the same length and reveal nothing of the key. */
export function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

function showPath(path: readonly PropertyKey[]): string {
  const [index, field] = path;
  if (typeof index !== 'number') return '';
  return `entry ${index + 1}${typeof field === 'string' ? `, ${field}` : ''}: `;
}

function unusable(where: string, problem: string): SandpiperError {
  return invalidConfig(`Cannot use ${where}: ${problem}.`);
}
