import { Window } from './window';

const DELIMITERS: StaticArray<string> = [',', ';', '\t'];

/**
 * Lines of numbers between commas, semicolons or tabs. A first line that does not begin with a number names the
 * columns. Null, with a failure, for any other text.
 */
export function readCsv(text: string, window: Window): Window | null {
  const lines = text.split('\n');
  const delimiter = delimiterOf(lines[0]);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i].trim();
    if (line.length == 0) continue;
    const fields = line.split(delimiter);
    if (i == 0 && isNaN(numberOf(fields[0]))) continue;
    const step = new Float64Array(fields.length);
    for (let field = 0; field < fields.length; field++) step[field] = numberOf(fields[field]);
    if (!window.add(step)) return null;
  }
  return window.whole();
}

/** The one that comes first in the text; a comma where there is none. */
function delimiterOf(line: string): string {
  let found = DELIMITERS[0];
  let first = line.length;
  for (let i = 0; i < DELIMITERS.length; i++) {
    const place = line.indexOf(DELIMITERS[i]);
    if (place < 0 || place >= first) continue;
    first = place;
    found = DELIMITERS[i];
  }
  return found;
}

/** NaN for what is no number. `parseFloat` alone would take the beginning of a text for all of it. */
function numberOf(field: string): f64 {
  const text = field.trim();
  for (let i = 0; i < text.length; i++) if (!'0123456789+-.eE'.includes(text.charAt(i))) return NaN;
  return parseFloat(text);
}
