import { SandpiperError } from '../../errors.ts';
import { surveyJson } from './survey-json.ts';

/** Values of a body whose long integers are wanted exactly, for which each value is looked at by itself. */
const maxExactValues = 100_000;
const longInteger = /^-?\d{16,}$/;

/**
 * A JSON body as a value that nobody has looked at yet. Longer ones are parsed on a thread of their own: run-json.ts.
 *
 * @param options with `exactIntegers` whole numbers of 16 digits and more come as bigint
 * @throws SandpiperError `invalid-request` for bytes that are not UTF-8, not JSON, nested too deeply, in too many parts
 *   or with whole numbers of too many digits
 */
export function parseJsonBody(body: Uint8Array, { exactIntegers = false } = {}): unknown {
  const { commas, longIntegers } = surveyJson(body);
  const exact = exactIntegers && longIntegers;
  if (exact && commas > maxExactValues) {
    throw new SandpiperError(
      'invalid-request',
      `The JSON body is refused: whole numbers of 16 digits and more are taken among at most ${maxExactValues} values.`,
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return exact ? JSON.parse(text, toExactInteger) : JSON.parse(text);
  } catch {
    throw new SandpiperError('invalid-request', 'The body is not valid JSON in UTF-8.');
  }
}

/** Whether a body looks like a JSON object. No picture and no sound begins so. */
export function looksLikeJson(body: Uint8Array): boolean {
  const first = body.subarray(0, 64).find((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  return first === 0x7b;
}

function toExactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = typeof value === 'number' ? (context?.source ?? '') : '';
  return longInteger.test(source) ? BigInt(source) : value;
}
