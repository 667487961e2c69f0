/**
 * Decimal numbers as text, both ways.
 *
 * The standard library's own conversions know every corner of binary floating point and add
 * several kilobytes to a component; a configuration holds `0.875` and `127.5`.
 */

/** More digits than this are no number that anybody writes into a configuration. */
const MOST_DIGITS: i32 = 15;

/** The value of a decimal such as `-0.5`, spaces around it allowed; NaN for any other text. */
export function parseDecimal(text: string): f64 {
  const trimmed = text.trim();
  const negative = trimmed.startsWith('-');
  let whole: f64 = 0;
  let scale: f64 = 1;
  let digits = 0;
  let pastPoint = false;
  for (let at = negative ? 1 : 0; at < trimmed.length; at++) {
    const unit = trimmed.charCodeAt(at);
    if (unit == 0x2e && !pastPoint) {
      pastPoint = true;
      continue;
    }
    if (unit < 0x30 || unit > 0x39) return NaN;
    whole = whole * 10 + (unit - 0x30);
    if (pastPoint) scale *= 10;
    digits++;
  }
  if (digits == 0 || digits > MOST_DIGITS) return NaN;
  // Both are whole numbers below 2^53, hence exact: the division gives the nearest f64.
  return (negative ? -whole : whole) / scale;
}

/** `value` with at most three decimals, for messages. */
export function formatDecimal(value: f64): string {
  if (isNaN(value)) return 'NaN';
  if (Math.abs(value) > 1e15) return value > 0 ? 'Infinity' : '-Infinity';
  const thousandths = <i64>Math.round(Math.abs(value) * 1000);
  let text = `${value < 0 ? '-' : ''}${thousandths / 1000}`;
  const rest = <i32>(thousandths % 1000);
  if (rest == 0) return text;
  text += `.${rest.toString().padStart(3, '0')}`;
  let end = text.length;
  while (text.charCodeAt(end - 1) == 0x30) end--;
  return text.substring(0, end);
}
