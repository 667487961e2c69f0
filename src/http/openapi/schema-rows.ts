/** JSON Schema as rows of a table. */
import type { JsonSchema } from '../routing/api-schemas.ts';

export interface SchemaRow {
  /** `inputs[].name` */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** Rows for the properties of an object, nested ones included; one row for anything else. */
export function schemaRows(schema: JsonSchema, name = '', required = true): SchemaRow[] {
  const row = { name, type: typeText(schema), required, description: text(schema['description']) };
  const inside = [
    ...Object.entries(objects(schema['properties'])).flatMap(([key, property]) =>
      schemaRows(property, name === '' ? key : `${name}.${key}`, list(schema['required']).includes(key)),
    ),
    ...(schema['type'] === 'array' ? schemaRows(object(schema['items']), `${name}[]`).filter(isInside) : []),
    ...(isChoiceOfObjects(schema)
      ? choices(schema)
          .flatMap((one) => schemaRows(one, name))
          .filter(isInside)
      : []),
  ];
  return name === '' && inside.length > 0 ? inside : [row, ...inside];

  function isInside(one: SchemaRow): boolean {
    return one.name !== name && one.name !== `${name}[]`;
  }
}

/** `integer from 0`, `"json" or "text"`, `array of string`, `file`. */
export function typeText(schema: JsonSchema): string {
  const { $ref, type, items } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if ('const' in schema) return JSON.stringify(schema['const']);
  const values = list(schema['enum']);
  if (values.length > 0) return values.map((value) => JSON.stringify(value)).join(' or ');
  const parts = choices(schema);
  if (parts.length > 0) return parts.map(typeText).join(' or ');
  if (schema['format'] === 'binary') return 'file';
  if (type === 'array') return `array of ${typeText(object(items ?? list(schema['prefixItems'])[0]))}`;
  if (type === undefined) return 'any';
  const { minimum } = schema;
  return typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER
    ? `${text(type)} from ${minimum}`
    : text(type);
}

function choices(schema: JsonSchema): JsonSchema[] {
  return [...list(schema['anyOf']), ...list(schema['oneOf'])].map(object);
}

function isChoiceOfObjects(schema: JsonSchema): boolean {
  return choices(schema).some((one) => 'properties' in one);
}

function objects(value: unknown): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(object(value)).map(([key, one]) => [key, object(one)]));
}

/** Reads a schema as an object; `items: false` and the like become an empty one. */
function object(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
