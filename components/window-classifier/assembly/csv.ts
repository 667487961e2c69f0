import { Recording, refuse } from './recording';
import { Scanner } from './scanner';

const LINE_END: i32 = 0x0a;
const DELIMITERS: StaticArray<i32> = [0x2c, 0x3b, 0x09];

/**
 * Lines of numbers between commas, semicolons or tabs; a blank line ends a window. A first line that does not begin
 * with a number names the columns. False, with a failure, for any other text.
 */
export function readCsv(text: Uint8Array, recording: Recording): bool {
  const delimiter = delimiterOf(text);
  const scanner = new Scanner(text);
  if (beginsWithName(scanner)) scanner.skipLine();
  while (scanner.peek() >= 0) {
    scanner.skipSpaces();
    if (scanner.take(LINE_END)) {
      recording.endWindow();
      continue;
    }
    if (scanner.peek() < 0) break;
    do {
      scanner.skipSpaces();
      recording.put(scanner.number());
      scanner.skipSpaces();
    } while (scanner.take(delimiter));
    const ended = scanner.take(LINE_END) || scanner.peek() < 0 || refuse(`no number at byte ${scanner.at}`);
    if (!ended || !recording.endStep()) return false;
  }
  recording.endWindow();
  return true;
}

/** The one that comes first in the first line; a comma where there is none. */
function delimiterOf(text: Uint8Array): i32 {
  for (let at = 0; at < text.length && text[at] != LINE_END; at++)
    if (DELIMITERS.includes(text[at])) return text[at];
  return DELIMITERS[0];
}

function beginsWithName(scanner: Scanner): bool {
  scanner.skipSpaces();
  const from = scanner.at;
  const named = isNaN(scanner.number());
  scanner.at = from;
  return named;
}
