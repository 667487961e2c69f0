import { SandpiperError } from '../errors.ts';

const maxDepth = 100;

/** Whole numbers of so many digits may not be exact as JavaScript's numbers. */
const longInteger = /^-?\d{16,}$/;
const holdsLongInteger = /(?<![\d.])\d{16,}(?![\d.eE])/;

/**
 * A JSON body as a value that nobody has looked at yet.
 *
 * @param options with `exactIntegers` whole numbers of 16 digits and more come as bigint
 * @throws SandpiperError `invalid-request` for bytes that are not UTF-8, not JSON, or nested too deeply.
 */
export function parseJsonBody(body: Uint8Array, { exactIntegers = false } = {}): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    // Asking for the source of each value is slow, and few have numbers that need it.
    const revive = exactIntegers && holdsLongInteger.test(text) ? toExactInteger : undefined;
    if (depthOf(text) <= maxDepth) return revive ? JSON.parse(text, revive) : JSON.parse(text);
  } catch {
    throw new SandpiperError('invalid-request', 'The body is not valid JSON in UTF-8.');
  }
  throw new SandpiperError('invalid-request', `The JSON body is nested more than ${maxDepth} levels deep.`);
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

/** Deepest nesting of brackets outside strings. A base64 file inside is one string and one step. */
function depthOf(text: string): number {
  const marks = /["[\]{}]/g;
  let depth = 0;
  let deepest = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') {
      const end = endOfString(text, marks.lastIndex);
      if (end < 0) return deepest;
      marks.lastIndex = end;
    } else if (mark[0] === '[' || mark[0] === '{') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else {
      depth -= 1;
    }
  }
  return deepest;
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
