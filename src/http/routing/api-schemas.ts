import { z } from 'zod';

/** Schemas of requests that have a name in the document, by their `id`. */
export const requestSchemas = z.registry<{ id: string }>();
/** The same of answers. */
export const answerSchemas = z.registry<{ id: string }>();

export type JsonSchema = Readonly<Record<string, unknown>>;

/** `#/components/schemas/{id}` */
const uri = (id: string): string => `#/components/schemas/${id}`;

/** Every schema that has a name. Those that they hold, and that have names too, are references. */
export function namedSchemas(): Record<string, JsonSchema> {
  const requests = z.toJSONSchema(requestSchemas, { io: 'input', uri });
  const answers = z.toJSONSchema(answerSchemas, { io: 'output', uri });
  const named = Object.entries({ ...requests.schemas, ...answers.schemas });
  return Object.fromEntries(named.map(([id, schema]) => [id, bare(schema)]));
}

/** A schema as a request (`input`) or an answer (`output`) has it: a reference where it has a name. */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const id = (io === 'input' ? requestSchemas : answerSchemas).get(schema)?.id;
  return id === undefined ? bare(z.toJSONSchema(schema, { io })) : { $ref: uri(id) };
}

/** OpenAPI says once what dialect all its schemas are in. */
function bare({ $schema: _dialect, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
