import { invalidRequest } from '../../errors.ts';
import type { JsonTask } from './json-task.ts';
import { surveyJson } from './survey-json.ts';

/** Most values of a body with exact long integers, which need a callback per value. */
const maxExactValues = 100_000;
const longInteger = /^-?\d{16,}$/;

/**
 * Parses a JSON body to an unchecked value. Long bodies are parsed on the JSON thread: run-json.ts.
 *
 * @param options with `exactIntegers`, integers of 16 digits and more become bigint
 * @throws SandpiperError `invalid-request` for bytes that are not UTF-8, not JSON, nested too deeply, in too many parts
 *   or with whole numbers of too many digits
 */
export function parseJsonBody(body: Uint8Array, { exactIntegers = false } = {}): unknown {
  const { commas, longIntegers } = surveyJson(body);
  const exact = exactIntegers && longIntegers;
  if (exact && commas > maxExactValues) {
    throw invalidRequest(
      `The JSON body is refused: whole numbers of 16 digits and more are taken among at most ${maxExactValues} values.`,
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return exact ? JSON.parse(text, toExactInteger) : JSON.parse(text);
  } catch (error) {
    const where = error instanceof SyntaxError ? `: ${error.message}` : '';
    throw invalidRequest(`The body is not valid JSON in UTF-8${where}.`);
  }
}

/** A body as it reads. */
export const readJson: JsonTask<[], { json: unknown }> = {
  module: import.meta.url,
  name: 'readJson',
  takes: 'json',
  work: (bytes) => ({ json: parseJsonBody(bytes) }),
  buffersOf: () => [],
};

/** Whether a body looks like a JSON object. No picture or sound file begins like one. */
export function looksLikeJson(body: Uint8Array): boolean {
  const first = body.subarray(0, 64).find((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  return first === 0x7b;
}

function toExactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = typeof value === 'number' ? (context?.source ?? '') : '';
  return longInteger.test(source) ? BigInt(source) : value;
}
