import { Scanner } from './scanner';
import { Window, refuse } from './window';

const OPENER: i32 = 0x5b;
const CLOSER: i32 = 0x5d;
const COMMA: i32 = 0x2c;

/** JSON schema that the host checks requests against: a list of steps, of one channel a number each, of more a list of numbers. */
export function rowsSchema(channels: i32, longest: i32): string {
  const step =
    channels == 1
      ? '{ "type": "number" }'
      : `{ "type": "array", "items": { "type": "number" }, "minItems": ${channels}, "maxItems": ${channels} }`;
  return `{ "type": "array", "items": ${step}, "minItems": 1, "maxItems": ${longest} }`;
}

/** A list of steps, as the schema has it; null, with a failure, for any other text. */
export function readRows(text: Uint8Array, window: Window): Window | null {
  const scanner = new Scanner(text);
  let inOrder = takeSign(scanner, OPENER);
  if (inOrder && takeSign(scanner, CLOSER)) return window.whole();
  while (inOrder) {
    inOrder = readStep(scanner, window);
    if (inOrder && !window.endStep()) return null;
    if (!inOrder || !takeSign(scanner, COMMA)) break;
  }
  inOrder = inOrder && takeSign(scanner, CLOSER) && scanner.peek() < 0;
  if (inOrder) return window.whole();
  refuse(`the JSON is no list of steps of numbers, from byte ${scanner.at} on`);
  return null;
}

function readStep(scanner: Scanner, window: Window): bool {
  const listed = takeSign(scanner, OPENER);
  do {
    scanner.skipWhitespace();
    const value = scanner.number();
    if (isNaN(value)) return false;
    window.put(value);
  } while (listed && takeSign(scanner, COMMA));
  return !listed || takeSign(scanner, CLOSER);
}

/** Whether this comes next, whitespace around it skipped. */
function takeSign(scanner: Scanner, sign: i32): bool {
  scanner.skipWhitespace();
  const taken = scanner.take(sign);
  if (taken) scanner.skipWhitespace();
  return taken;
}
