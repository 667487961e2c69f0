import { z } from 'zod';

/** Named schemas of requests in the document, by `id`. */
export const requestSchemas = z.registry<{ id: string }>();
/** Named schemas of answers, by `id`. */
export const answerSchemas = z.registry<{ id: string }>();

export type JsonSchema = Readonly<Record<string, unknown>>;

/** `#/components/schemas/{id}` */
const uri = (id: string): string => `#/components/schemas/${id}`;

/** All named schemas; named schemas inside them are references. */
export function namedSchemas(): Record<string, JsonSchema> {
  const requests = z.toJSONSchema(requestSchemas, { io: 'input', uri });
  const answers = z.toJSONSchema(answerSchemas, { io: 'output', uri });
  const named = Object.entries({ ...requests.schemas, ...answers.schemas });
  return Object.fromEntries(named.map(([id, schema]) => [id, bare(schema)]));
}

/** A schema for a request (`input`) or an answer (`output`): a reference if it has a name. */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const id = (io === 'input' ? requestSchemas : answerSchemas).get(schema)?.id;
  return id === undefined ? bare(z.toJSONSchema(schema, { io })) : { $ref: uri(id) };
}

/** Drops the dialect, which OpenAPI states once for all schemas. */
function bare({ $schema: _dialect, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
