/** Powers of ten that a double holds exactly. */
const EXACT_POWERS: i32 = 22;

/** Digits that fit into 64 bits; those after them change nothing that a 32-bit float shows. */
const MOST_DIGITS: i32 = 18;

/**
 * Reads numbers out of UTF-8 text, byte by byte: a window has thousands, and a string for each would take most of the
 * time.
 */
export class Scanner {
  /** Offset of the next byte. */
  at: i32 = 0;

  constructor(private text: Uint8Array) {
    const marked = this.take(0xef) && this.take(0xbb) && this.take(0xbf); // a mark of byte order
    if (!marked) this.at = 0;
  }

  /** The next byte; -1 at the end. */
  peek(): i32 {
    return this.at < this.text.length ? <i32>unchecked(this.text[this.at]) : -1;
  }

  /** Whether the next byte is this one, which is gone then. */
  take(byte: i32): bool {
    if (this.peek() != byte) return false;
    this.at++;
    return true;
  }

  skipSpaces(): void {
    for (let byte = this.peek(); byte == 0x20 || byte == 0x0d; byte = this.peek()) this.at++;
  }

  skipLine(): void {
    while (this.at < this.text.length && unchecked(this.text[this.at++]) != 0x0a);
  }

  skipWhitespace(): void {
    for (let byte = this.peek(); byte == 0x20 || (byte >= 0x09 && byte <= 0x0d); byte = this.peek())
      this.at++;
  }

  /** The number that begins here; NaN, and no step further, where none does. */
  number(): f64 {
    const from = this.at;
    const negative = this.take(0x2d);
    if (!negative) this.take(0x2b);
    let digits: u64 = 0;
    let count = 0;
    let exponent = 0;
    let pastPoint = false;
    let any = false;
    for (let byte = this.peek(); isDigit(byte) || (byte == 0x2e && !pastPoint); byte = this.peek()) {
      this.at++;
      if (byte == 0x2e) {
        pastPoint = true;
        continue;
      }
      any = true;
      if (count < MOST_DIGITS) {
        digits = digits * 10 + (byte - 0x30);
        if (digits != 0) count++;
        if (pastPoint) exponent--;
      } else if (!pastPoint) exponent++;
    }
    if (!any) {
      this.at = from;
      return NaN;
    }
    const value = scale(<f64>digits, exponent + this.exponent());
    return negative ? -value : value;
  }

  /** 0 where none follows. */
  private exponent(): i32 {
    const from = this.at;
    if (!this.take(0x65) && !this.take(0x45)) return 0;
    const negative = this.take(0x2d);
    if (!negative) this.take(0x2b);
    if (!isDigit(this.peek())) {
      this.at = from;
      return 0;
    }
    let value = 0;
    for (let byte = this.peek(); isDigit(byte); byte = this.peek()) {
      this.at++;
      value = min(value * 10 + (byte - 0x30), 9999);
    }
    return negative ? -value : value;
  }
}

function isDigit(byte: i32): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function scale(value: f64, exponent: i32): f64 {
  if (value == 0 || exponent == 0) return value;
  if (exponent < -EXACT_POWERS || exponent > EXACT_POWERS) return value * Math.pow(10, exponent);
  let power: f64 = 1;
  for (let i = abs(exponent); i > 0; i--) power *= 10;
  return exponent < 0 ? value / power : value * power;
}
