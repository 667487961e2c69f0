/** All faults of a manifest as sentences: the key, the value found there and what is possible. */
import { z } from 'zod';
import { showValue, valueAt } from '../config/json-value.ts';
import { nearName } from '../config/near-name.ts';

type Issue = z.core.$ZodIssue;
/** The part of JSON schema that {@link keysAt} reads. */
interface ObjectSchema {
  properties?: Readonly<Record<string, ObjectSchema>>;
  additionalProperties?: ObjectSchema | false;
  anyOf?: readonly ObjectSchema[];
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
};

/** @param json the JSON that the schema refused with this error */
export function manifestFaults(error: z.ZodError, json: unknown, schema: z.ZodType): string[] {
  const root = z.toJSONSchema(schema, { io: 'input' }) as ObjectSchema;
  return error.issues
    .flatMap((issue) => likeliest(issue, json, []))
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey([...issue.path.map(String), key], root))
        : [valueFault(issue, json)],
    );
}

/** For a union, the issues of the form that the value comes closest to. */
function likeliest(issue: Issue, json: unknown, above: readonly PropertyKey[]): Issue[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
  const found = valueAt(json, path);
  const faults = issue.errors.map((branch) => branch.flatMap((inner) => likeliest(inner, json, path)));
  const isMissing = (one: Issue): boolean => one.path.length > path.length && !has(json, one.path);
  if (typeof found !== 'object' || found === null) return [{ ...issue, path }];
  const strangers = (branch: Issue[]): number =>
    branch.reduce(
      (sum, one) => sum + (one.code === 'unrecognized_keys' ? 10 * one.keys.length : isMissing(one) ? 2 : 1),
      0,
    );
  return faults.toSorted((a, b) => strangers(a) - strangers(b))[0] ?? [];
}

function unknownKey(path: readonly string[], root: ObjectSchema): string {
  const key = path.at(-1) ?? '';
  const possible = keysAt(root, path.slice(0, -1));
  const near = nearName(possible, key);
  const place = path.length === 1 ? 'there is' : `${path.slice(0, -1).join('.')} has`;
  const hint = near === undefined ? `possible are ${possible.join(', ')}` : `"${near}" is meant, perhaps`;
  return `${place} no key ${showValue(key)}: ${hint}`;
}

function valueFault(issue: Issue, json: unknown): string {
  const key = issue.path.length === 0 ? 'the whole' : issue.path.map(String).join('.');
  if (issue.code === 'invalid_key') {
    const [inner] = issue.issues;
    return `${key} is no possible key: ${inner?.message ?? 'unusable'}`;
  }
  if (!has(json, issue.path)) return `${key} is missing: ${expectedBy(issue)}`;
  return `${key} is ${showValue(valueAt(json, issue.path))}: ${expectedBy(issue)}`;
}

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value': {
      const values = issue.values.map((value) => JSON.stringify(value)).join(', ');
      return issue.values.length === 1 ? `expected ${values}` : `expected one of ${values}`;
    }
    case 'too_small':
      return issue.origin === 'string' ? 'expected some text' : `expected at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'array' || issue.origin === 'tuple'
        ? `expected at most ${issue.maximum} entries`
        : `expected at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function keysAt(schema: ObjectSchema, path: readonly string[]): string[] {
  const [key, ...rest] = path;
  const branches = schema.anyOf ?? [schema];
  if (key === undefined) return branches.flatMap(({ properties = {} }) => Object.keys(properties));
  const next = branches.flatMap(({ properties, additionalProperties }) => [
    properties?.[key] ?? (additionalProperties || {}),
  ]);
  return [...new Set(next.flatMap((inner) => keysAt(inner, rest)))];
}

function has(json: unknown, path: readonly PropertyKey[]): boolean {
  return valueAt(json, path) !== undefined;
}
