/**
 * What a JSON schema may be, as one: of the meta-schema of draft 2020-12 what a validator reads. The published one is in
 * eight files, which refer to each other.
 */
import type { JsonSchema } from '../../api/predictions.ts';

const type = { enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] };
const schema = { $ref: '#' };
const named = { type: 'object', additionalProperties: schema };
const texts = { type: 'array', items: { type: 'string' } };

/** Keywords by what their values are. */
const VALUES: readonly [keywords: string, value: JsonSchema][] = [
  // Told apart by `if`: of `anyOf` a fault would say that neither fits, and not what would.
  // oxlint-disable-next-line unicorn/no-thenable -- nobody awaits a schema
  ['type', { if: { type: 'array' }, then: { items: type, minItems: 1 }, else: type }],
  ['additionalProperties propertyNames unevaluatedProperties', schema],
  ['items contains unevaluatedItems not if then else', schema],
  ['prefixItems allOf anyOf oneOf', { type: 'array', minItems: 1, items: schema }],
  ['properties patternProperties dependentSchemas $defs definitions', named],
  ['required', texts],
  ['dependentRequired', { type: 'object', additionalProperties: texts }],
  ['enum', { type: 'array' }],
  ['minimum maximum exclusiveMinimum exclusiveMaximum', { type: 'number' }],
  ['multipleOf', { type: 'number', exclusiveMinimum: 0 }],
  ['minLength maxLength minItems maxItems minContains maxContains', { type: 'integer', minimum: 0 }],
  ['minProperties maxProperties', { type: 'integer', minimum: 0 }],
  ['uniqueItems', { type: 'boolean' }],
  ['$id $ref $anchor pattern format', { type: 'string' }],
];

export const SCHEMA_OF_SCHEMAS: JsonSchema = {
  type: ['object', 'boolean'],
  properties: Object.fromEntries(
    VALUES.flatMap(([keywords, value]) => keywords.split(' ').map((keyword) => [keyword, value])),
  ),
};
