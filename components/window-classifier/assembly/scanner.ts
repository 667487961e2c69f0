/** The powers of ten that a double holds exactly. */
const POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
];

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
    const text = this.text;
    const length = text.length;
    let digits: u64 = 0;
    let count = 0;
    let exponent = 0;
    let pastPoint = false;
    let any = false;
    let at = this.at;
    for (; at < length; at++) {
      const byte = <i32>unchecked(text[at]);
      if (!isDigit(byte)) {
        if (byte != 0x2e || pastPoint) break;
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
    this.at = at;
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
  if (abs(exponent) >= POWERS.length) return value * Math.pow(10, exponent);
  const power = unchecked(POWERS[abs(exponent)]);
  return exponent < 0 ? value / power : value * power;
}
