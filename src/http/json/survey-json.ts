/** One scan of the bytes of a JSON text before it is parsed, which counts what would be too costly. */
import { type SandpiperError, invalidRequest } from '../../errors.ts';

const maxDepth = 100;
/** Most arrays, objects and strings, each of which costs far more memory than its bytes in JSON. */
const maxParts = 200_000;
/** Most members in all objects: a request with the most tensors has half as many. */
const maxMembers = 16_384;
/** Most digits of an integer: JavaScript writes up to 21 without an exponent; 64-bit integers have 20. */
const maxDigits = 21;
/** Integers with this many digits may not be exact as JavaScript numbers. */
const longDigits = 16;

const [QUOTE, BACKSLASH, COMMA, COLON, DOT, MINUS, PLUS] = [0x22, 0x5c, 0x2c, 0x3a, 0x2e, 0x2d, 0x2b];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [ZERO, NINE, SMALL_E, LARGE_E] = [0x30, 0x39, 0x65, 0x45];

/** Counts of a JSON text outside its strings. */
export interface JsonSurvey {
  readonly members: number;
  readonly commas: number;
  readonly longIntegers: boolean;
}

/**
 * Scans a JSON text. A string takes one step, however long it is.
 *
 * @throws SandpiperError `invalid-request` for what is nested too deeply, has too many parts or names, or whole
 *   numbers of too many digits. What passes need not be JSON.
 */
export function surveyJson(bytes: Uint8Array): JsonSurvey {
  let [depth, parts, members, commas] = [0, 0, 0, 0];
  let longIntegers = false;
  for (let at = startOf(bytes); at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) {
      const end = endOfDigits(bytes, at);
      if (end - at >= longDigits && isWhole(bytes, at, end)) {
        if (end - at > maxDigits) throw invalid(`it has whole numbers of more than ${maxDigits} digits`);
        longIntegers = true;
      }
      at = end - 1;
    } else if (byte === COMMA) {
      commas += 1;
    } else if (byte === COLON) {
      members += 1;
      if (members > maxMembers) throw invalid(`its objects have more than ${maxMembers} names`);
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth -= 1;
      // The parser goes no further than the end of the first list or object.
      if (depth <= 0) break;
    } else if (byte === QUOTE || byte === OPEN_LIST || byte === OPEN_OBJECT) {
      parts += 1;
      if (parts > maxParts) throw invalid(`it has more than ${maxParts} arrays, objects and texts`);
      if (byte === QUOTE) at = endOfText(bytes, at);
      else depth += 1;
      if (depth > maxDepth) throw invalid(`it is nested more than ${maxDepth} levels deep`);
    }
  }
  return { members, commas, longIntegers };
}

/** Where the first list or object begins. The end of the bytes where anything else comes first: the parser stops there. */
function startOf(bytes: Uint8Array): number {
  const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let at = hasMark ? 3 : 0;
  while (at < bytes.length && isSpace(bytes[at] ?? 0)) at += 1;
  return bytes[at] === OPEN_LIST || bytes[at] === OPEN_OBJECT ? at : bytes.length;
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) at += 1;
  return at;
}

/** Whether digits are an integer: without a point or exponent before or after them. */
function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  const next = bytes[end];
  if (next === DOT || next === SMALL_E || next === LARGE_E) return false;
  const last = bytes[start - 1];
  if (last === DOT || last === SMALL_E || last === LARGE_E || last === PLUS) return false;
  const beforeSign = last === MINUS ? bytes[start - 2] : undefined;
  return beforeSign !== SMALL_E && beforeSign !== LARGE_E;
}

/** Position of the closing quote of the string that begins at `start`. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let quote = bytes.indexOf(QUOTE, start + 1); quote >= 0; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0;
    while (bytes[quote - backslashes - 1] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return bytes.length;
}

function invalid(why: string): SandpiperError {
  return invalidRequest(`The JSON body is refused: ${why}.`);
}
