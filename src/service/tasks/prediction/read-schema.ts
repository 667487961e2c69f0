/** JSON schemas that a component or its manifest states, bounded before anything is held to them. */
import { parseJson } from '../../../config/json-value.ts';
import { messageOf } from '../../../errors.ts';
import { JsonCheck } from '../../../sandbox/prediction/json-check.ts';
import { BadDescription } from './guest-description.ts';
import { SCHEMA_OF_SCHEMAS } from './schema-of-schemas.ts';
import type { JsonSchema } from '../../api/predictions.ts';

/** Longest text of a schema. */
const MAX_CHARACTERS = 65_536;
const MAX_LEVELS = 32;

/** @throws BadDescription for what is no schema, is too large, or refers beyond itself */
export function readSchema(what: string, text: string): JsonSchema {
  if (text.length > MAX_CHARACTERS) {
    throw new BadDescription(
      `the JSON schema of ${what} has ${text.length} characters, expected at most ${MAX_CHARACTERS}`,
    );
  }
  const schema = parseJson(
    text,
    (cause) =>
      new BadDescription(`the JSON schema of ${what} is not JSON (${messageOf(cause).slice(0, 200)})`),
  );
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new BadDescription(`the JSON schema of ${what} is no object`);
  checkPart(what, schema, { level: 1, root: schema });
  const fault = new JsonCheck(SCHEMA_OF_SCHEMAS).fault(text, 'JSON Schema 2020-12');
  if (fault !== undefined) throw new BadDescription(`the JSON schema of ${what} ${fault}`);
  try {
    // As each guest thread will: two parts of one $id, say, are found out here.
    void new JsonCheck(schema as JsonSchema);
  } catch (error) {
    throw new BadDescription(`the JSON schema of ${what} cannot be used (${messageOf(error).slice(0, 200)})`);
  }
  return schema as JsonSchema;
}

interface Place {
  level: number;
  /** What `#` means there. */
  root: object;
}

/** Also looks into what is no schema, such as `enum`: what is harmless anywhere is harmless there. */
function checkPart(what: string, part: object, { level, root }: Place): void {
  if (level > MAX_LEVELS) {
    throw new BadDescription(
      `the JSON schema of ${what} is nested more than ${MAX_LEVELS} levels deep: use $defs and $ref`,
    );
  }
  const here = '$id' in part && typeof part.$id === 'string' ? part : root;
  for (const [key, value] of Object.entries(part) as [string, unknown][]) {
    if (key === '$ref' && typeof value === 'string') assertReference(what, value, here);
    if (key === 'pattern' && typeof value === 'string') assertPattern(what, value);
    if (typeof value !== 'object' || value === null) continue;
    if (key === 'patternProperties') for (const pattern of Object.keys(value)) assertPattern(what, pattern);
    checkPart(what, value, { level: level + 1, root: here });
  }
}

function assertReference(what: string, reference: string, root: object): void {
  const shown = reference.slice(0, 100);
  if (!reference.startsWith('#'))
    throw new BadDescription(`the JSON schema of ${what} refers to ${shown}, outside of itself`);
  if (reference.startsWith('#/') && !leadsSomewhere(reference, root))
    throw new BadDescription(`the JSON schema of ${what} refers to ${shown}, which is not there`);
}

/** @param pointer a JSON pointer, as a fragment */
function leadsSomewhere(pointer: string, root: object): boolean {
  let part: unknown = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = unescaped(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return false;
    part = Reflect.get(part, key);
  }
  return true;
}

function unescaped(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function assertPattern(what: string, pattern: string): void {
  try {
    void new RegExp(pattern, 'u');
  } catch (error) {
    throw new BadDescription(`the JSON schema of ${what} has a pattern that is none (${messageOf(error)})`);
  }
}
