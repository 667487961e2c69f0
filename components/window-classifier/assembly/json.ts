import { Recording, refuse } from './recording';
import { Scanner } from './scanner';

const OPENER: i32 = 0x5b;
const CLOSER: i32 = 0x5d;
const COMMA: i32 = 0x2c;

/** JSON schema that the host checks requests against: a list of steps, of one channel a number each, of more a list of numbers. */
export function rowsSchema(channels: i32): string {
  const step =
    channels == 1
      ? '{ "type": "number" }'
      : `{ "type": "array", "items": { "type": "number" }, "minItems": ${channels}, "maxItems": ${channels} }`;
  return `{ "type": "array", "items": ${step}, "minItems": 1 }`;
}

/** JSON schema of a list of windows. */
export function windowsSchema(channels: i32, most: i32): string {
  return `{ "type": "array", "items": ${rowsSchema(channels)}, "minItems": 1, "maxItems": ${most} }`;
}

/** A list of steps, or one of windows, as the schemas have them; false, with a failure, for any other text. */
export function readJson(text: Uint8Array, recording: Recording): bool {
  const scanner = new Scanner(text);
  const several = openersIn(scanner) > (recording.channels == 1 ? 1 : 2);
  const inOrder = several ? readWindows(scanner, recording) : readWindow(scanner, recording);
  if (inOrder && scanner.peek() < 0) return true;
  return refuse(
    `the JSON is no list of steps of numbers, nor of windows of steps, from byte ${scanner.at} on`,
  );
}

function openersIn(scanner: Scanner): i32 {
  let count = 0;
  while (takeSign(scanner, OPENER)) count++;
  scanner.at = 0;
  return count;
}

function readWindows(scanner: Scanner, recording: Recording): bool {
  takeSign(scanner, OPENER);
  do {
    if (!readWindow(scanner, recording)) return false;
  } while (takeSign(scanner, COMMA));
  return takeSign(scanner, CLOSER);
}

function readWindow(scanner: Scanner, recording: Recording): bool {
  if (!takeSign(scanner, OPENER)) return false;
  do {
    if (!readStep(scanner, recording) || !recording.endStep()) return false;
  } while (takeSign(scanner, COMMA));
  return takeSign(scanner, CLOSER) && recording.endWindow();
}

function readStep(scanner: Scanner, recording: Recording): bool {
  const listed = recording.channels > 1;
  if (listed && !takeSign(scanner, OPENER)) return false;
  do {
    scanner.skipWhitespace();
    const value = scanner.number();
    if (isNaN(value)) return false;
    recording.put(value);
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
