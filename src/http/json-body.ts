import { SandpiperError } from '../errors.ts';

const maxDepth = 100;
/** Arrays, objects and texts: each costs far more than the bytes that it takes in JSON. Numbers are not counted. */
const maxParts = 200_000;

/** Values of a body whose long integers are wanted exactly, for which each value is looked at by itself. */
const maxExactValues = 100_000;
/** Whole numbers of so many digits may not be exact as JavaScript's numbers. */
const longInteger = /^-?\d{16,}$/;
const holdsLongInteger = /(?<![\d.])\d{16,}(?![\d.eE])/;

/**
 * A JSON body as a value that nobody has looked at yet.
 *
 * @param options with `exactIntegers` whole numbers of 16 digits and more come as bigint
 * @throws SandpiperError `invalid-request` for bytes that are not UTF-8, not JSON, nested too deeply or in too many parts
 */
export function parseJsonBody(body: Uint8Array, { exactIntegers = false } = {}): unknown {
  const text = decodeText(body);
  assertModest(text);
  const exact = exactIntegers && holdsLongInteger.test(text);
  if (exact && countCommas(text) > maxExactValues) {
    throw invalid(`whole numbers of 16 digits and more are taken among at most ${maxExactValues} values`);
  }
  try {
    return exact ? JSON.parse(text, toExactInteger) : JSON.parse(text);
  } catch {
    throw notJson();
  }
}

/** Whether a body looks like a JSON object. No photo and no sound begins so. */
export function looksLikeJson(body: Uint8Array): boolean {
  const first = body.subarray(0, 64).find((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  return first === 0x7b;
}

function toExactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = typeof value === 'number' ? (context?.source ?? '') : '';
  return longInteger.test(source) ? BigInt(source) : value;
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw notJson();
  }
}

/** Looks at brackets and texts before anything is made of them. A base64 file inside is one text and one step. */
function assertModest(text: string): void {
  const marks = /["[\]{}]/g;
  let depth = 0;
  let parts = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === ']' || mark[0] === '}') {
      depth -= 1;
      continue;
    }
    parts += 1;
    if (parts > maxParts) throw invalid(`it has more than ${maxParts} arrays, objects and texts`);
    if (mark[0] === '"') {
      const end = endOfString(text, marks.lastIndex);
      if (end < 0) return;
      marks.lastIndex = end;
    } else {
      depth += 1;
      if (depth > maxDepth) throw invalid(`it is nested more than ${maxDepth} levels deep`);
    }
  }
}

function countCommas(text: string): number {
  let commas = 0;
  for (let at = text.indexOf(','); at >= 0; at = text.indexOf(',', at + 1)) commas += 1;
  return commas;
}

/** Position after the quote that ends the string beginning at `from`, or -1. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (quote - backslashes - 1 >= from && text[quote - backslashes - 1] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return -1;
}

function notJson(): SandpiperError {
  return new SandpiperError('invalid-request', 'The body is not valid JSON in UTF-8.');
}

function invalid(why: string): SandpiperError {
  return new SandpiperError('invalid-request', `The JSON body is refused: ${why}.`);
}
