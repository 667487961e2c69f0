/**
 * What a JSON schema may be, as one: of the meta-schema of draft 2020-12 what a validator reads. The published one is in
 * eight files, which refer to each other.
 */
import type { JsonSchema } from '../../api/predictions.ts';

const schema = { $ref: '#' };
const schemas = { type: 'array', minItems: 1, items: schema };
const named = { type: 'object', additionalProperties: schema };
const count = { type: 'integer', minimum: 0 };
const number = { type: 'number' };
const text = { type: 'string' };
const texts = { type: 'array', items: text };
const truth = { type: 'boolean' };
const type = { enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] };

export const SCHEMA_OF_SCHEMAS: JsonSchema = {
  type: ['object', 'boolean'],
  properties: {
    $id: text,
    $ref: text,
    $anchor: text,
    $defs: named,
    definitions: named,
    // Told apart by `if`: of `anyOf` a fault says that neither fits, and not what would.
    type: { if: { type: 'array' }, then: { items: type, minItems: 1 }, else: type },
    enum: { type: 'array' },
    properties: named,
    patternProperties: named,
    dependentSchemas: named,
    additionalProperties: schema,
    propertyNames: schema,
    unevaluatedProperties: schema,
    required: texts,
    dependentRequired: { type: 'object', additionalProperties: texts },
    minProperties: count,
    maxProperties: count,
    items: schema,
    prefixItems: schemas,
    contains: schema,
    unevaluatedItems: schema,
    minItems: count,
    maxItems: count,
    minContains: count,
    maxContains: count,
    uniqueItems: truth,
    allOf: schemas,
    anyOf: schemas,
    oneOf: schemas,
    not: schema,
    if: schema,
    then: schema,
    else: schema,
    minimum: number,
    maximum: number,
    exclusiveMinimum: number,
    exclusiveMaximum: number,
    multipleOf: { type: 'number', exclusiveMinimum: 0 },
    minLength: count,
    maxLength: count,
    pattern: text,
    format: text,
  },
};
