/** The part of a component's own description that each of its calls is checked against. */
import type { ValueType } from '../../element-types.ts';

/** JSON that was read; `true` and objects are schemas. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type OutputTerms = { optional: boolean } & (
  | { kind: 'json'; schema: JsonSchema | undefined }
  | { kind: 'text' | 'labels' }
  | { kind: 'tensor'; elementType: ValueType; shape: readonly (number | undefined)[] }
  | { kind: 'media'; mediaTypes: readonly string[] }
);

export interface PredictionTerms {
  /** JSON schemas by the names of inputs that have one. */
  inputSchemas: ReadonlyMap<string, JsonSchema>;
  outputs: ReadonlyMap<string, OutputTerms>;
}
