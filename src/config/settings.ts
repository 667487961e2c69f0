import { z } from 'zod';
import { invalidConfig } from '../errors.ts';
import { showValue, valueAt } from './json-value.ts';
import { LIMITS, type LimitName, type ServiceLimits } from './limits.ts';
import { nearName } from './near-name.ts';
import { MACHINE } from './machine.ts';
import { quantity, unitOf } from './quantity.ts';

/** Schema of a whole number within bounds, with one message for anything else. */
function wholeNumber(min: number, max: number): z.ZodNumber {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function nonEmptyText(what: string): z.ZodString {
  const error = `expected ${what}`;
  return z.string({ error }).min(1, { error });
}

function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, { error: `expected one of ${names.join(', ')}` });
}

function trueOrFalse(usual: boolean) {
  return z.boolean({ error: 'expected true or false' }).default(usual);
}

/** A thread takes 10 MiB to start, and V8 may end the whole process over a thread that has less. */
const LEAST: Partial<ServiceLimits> = { guestHeapBytes: 16 * 2 ** 20 };

/** A limit may be from 1 to a thousand times its default: beyond that it is taken for a mistake. */
function limit([name, [usual, about]]: readonly [string, readonly [usual: number, about: string]]) {
  const least = LEAST[name as LimitName] ?? 1;
  return [
    name,
    quantity(unitOf(name), least, usual * 1_000)
      .prefault(usual)
      .describe(about),
  ] as const;
}

const limitsSchema = z.strictObject(
  Object.fromEntries(Object.entries(LIMITS).map(limit)) as Record<LimitName, ReturnType<typeof limit>[1]>,
);

function isOriginPattern(text: string): boolean {
  return /^(\*|[a-z][a-z\d+.-]*:\/\/[^\s/,]+)$/.test(text);
}

const settingsSchema = z.strictObject({
  host: nonEmptyText('a host name or address').default('127.0.0.1').describe('address to listen on'),
  port: wholeNumber(0, 65_535).default(8080).describe('port to listen on; 0 takes a free one'),
  keys: nonEmptyText('a file, or a list of keys in JSON')
    .optional()
    .describe('JSON file of the keys that clients need, or the JSON itself; no key is needed without'),
  open: trueOrFalse(false).describe(
    'serve everybody who reaches the port without a key, from other machines too',
  ),
  corsOrigins: z
    .array(z.string())
    .refine((origins) => origins.every(isOriginPattern), 'expected origins such as https://example.com, or *')
    .default([])
    .describe('origins whose web pages may send requests, separated by commas; * for all'),
  page: trueOrFalse(true).describe('page at / on which people try the models in a browser'),
  models: nonEmptyText('a directory').default('models').describe('directory of model folders'),
  versions: oneOf(['latest', 'all'])
    .default('latest')
    .describe('versions of each model to serve: the highest, or all'),
  strict: trueOrFalse(false).describe('serve nothing unless every model can be served'),
  concurrentRuns: wholeNumber(1, 256)
    .default(MACHINE.threads)
    .describe('graphs that may run at a time; as many as cores by default, fewer where memory is short'),
  guestThreads: wholeNumber(1, 256)
    .default(MACHINE.threads)
    .describe('components that may run at a time; as many as cores by default, fewer where memory is short'),
  cacheDir: nonEmptyText('a directory').default('.cache').describe('directory for compiled components'),
  logLevel: oneOf(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least level logged'),
  logFormat: oneOf(['auto', 'pretty', 'json'])
    .default('auto')
    .describe('form of log lines; auto is pretty on a terminal and json elsewhere'),
  limits: limitsSchema.prefault({}),
});

/** Every setting of the service, complete and checked. Times are milliseconds, sizes bytes. */
export type Settings = z.output<typeof settingsSchema>;

/** An embedder's settings: any part of {@link Settings}, sizes and times as numbers or as `25MB` and `10s`. */
export type SettingsInput = z.input<typeof settingsSchema>;

/** The published JSON schema of `sandpiper.json`; defaults depend on the machine; `--help` shows them. */
export function settingsJsonSchema(): Record<string, unknown> {
  const schema = settingsSchema.extend({ $schema: z.string().optional() });
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => delete jsonSchema.default,
  }) as Record<string, unknown>;
}

/**
 * Fills in defaults and checks.
 *
 * @param nameSetting how messages name a setting: `--port`, `SANDPIPER_PORT`; by its key, `port`, by default
 * @throws SandpiperError `invalid-config` that names the first setting that is unusable.
 */
export function resolveSettings(
  input: SettingsInput = {},
  nameSetting = (path: readonly string[]): string => path.join('.'),
): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const near = nearName(Object.keys(settingsSchema.shape), issue.keys[0] ?? '');
    const hint = near === undefined || issue.path.length > 0 ? '' : `: "${near}" is meant, perhaps`;
    throw invalidConfig(`There is no setting "${issue.keys.join('", "')}"${hint}.`);
  }
  const path = issue?.path.map(String) ?? [];
  throw invalidConfig(
    `Cannot use ${nameSetting(path)}: ${issue?.message ?? 'unusable'}, not ${showValue(valueAt(input, path))}.`,
  );
}

export interface SettingDescription {
  readonly key: string;
  readonly isLimit: boolean;
  readonly about: string;
  readonly default: string | number | boolean | readonly string[] | undefined;
}

/** Every setting that flags and environment can set, in the order of the schema. */
export function describeSettings(): SettingDescription[] {
  const defaults = resolveSettings();
  const { limits: _, ...plain } = settingsSchema.shape;
  return [
    ...Object.entries(plain).map(([key, { description = '' }]) => ({
      key,
      isLimit: false,
      about: description,
      default: defaults[key as keyof typeof plain],
    })),
    ...Object.entries(limitsSchema.shape).map(([key, { description = '' }]) => ({
      key,
      isLimit: true,
      about: description,
      default: defaults.limits[key as LimitName],
    })),
  ];
}
