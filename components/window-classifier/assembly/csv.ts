import { Recording, refuse } from './recording';
import { Scanner } from './scanner';

const LINE_END: i32 = 0x0a;
const DELIMITERS: StaticArray<i32> = [0x2c, 0x3b, 0x09];

/**
 * Lines of numbers between commas, semicolons or tabs; a blank line ends a window. A first line without any
 * number names the columns. False, with a failure, for any other text.
 */
export function readCsv(text: Uint8Array, recording: Recording): bool {
  const delimiter = delimiterOf(text);
  const scanner = new Scanner(text);
  if (hasNames(scanner, delimiter)) scanner.skipLine();
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

/** Whether no cell of the first line is a number: a step with a gap is no line of names, and not to be left out. */
function hasNames(scanner: Scanner, delimiter: i32): bool {
  const from = scanner.at;
  let named = true;
  do {
    scanner.skipSpaces();
    const begun = !isNaN(scanner.number());
    scanner.skipSpaces();
    if (begun && endsCell(scanner.peek(), delimiter)) named = false;
    while (!endsCell(scanner.peek(), delimiter)) scanner.at++;
  } while (scanner.take(delimiter));
  scanner.at = from;
  return named;
}

function endsCell(byte: i32, delimiter: i32): bool {
  return byte < 0 || byte == delimiter || byte == LINE_END;
}
