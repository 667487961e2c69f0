/** JSON text held against a JSON schema, which is interpreted: no code is made of it. */
import { Validator, type Schema } from '@cfworker/json-schema';
import { messageOf } from '../../errors.ts';
import type { JsonSchema } from './prediction-terms.ts';

/** Longest message of the validator that is passed on, in characters. */
const MAX_WORDS = 300;

export class JsonCheck {
  readonly #validator: Validator | undefined;

  /** @throws Error for a schema that refers to itself in an unknown way */
  constructor(schema: JsonSchema | undefined) {
    // Marks are left in the schema, which may be shared.
    this.#validator = schema && new Validator(structuredClone(schema) as Schema, '2020-12', true);
  }

  /**
   * The fault of the text, as the end of a sentence: `is not JSON`.
   *
   * A pattern or a schema may take for ever: this is for a thread that can be terminated.
   *
   * @param schema what it is held to, in words
   */
  fault(text: string, schema = 'its JSON schema'): string | undefined {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      return `is not JSON (${messageOf(error).slice(0, MAX_WORDS)})`;
    }
    try {
      const { valid, errors } = this.#validator?.validate(json) ?? { valid: true, errors: [] };
      if (valid) return undefined;
      // The last is the innermost: those before it say that a part of theirs has errors. Of a property that may not be
      // there it says less than the one before it.
      const { instanceLocation = '#', error = '' } =
        errors.findLast(({ keyword }) => keyword !== 'false') ?? {};
      const at = instanceLocation === '#' ? '' : ` at ${instanceLocation.slice(0, MAX_WORDS)}`;
      const words = error
        .replace(/^Property (".*") does not match additional properties schema/s, 'there is no property $1')
        .slice(0, MAX_WORDS)
        .replace(/\.$/, '');
      return `does not fit ${schema}${at}: ${words}`;
    } catch (error) {
      return `cannot be held against its JSON schema (${messageOf(error).slice(0, MAX_WORDS)})`;
    }
  }
}
