/** UTF-8 that arrives byte by byte. */

const REPLACEMENT: string = '\uFFFD';

/** Gives characters as soon as they are whole. What is no UTF-8 becomes U+FFFD. */
export class Utf8Decoder {
  private value: u32 = 0;
  private missing: i32 = 0;
  /** The smallest character that needs as many bytes as announced: anything below is malformed. */
  private least: u32 = 0;

  /** The text that this byte completes; empty while a character is under way. */
  push(byte: u8): string {
    if (this.missing == 0) return this.lead(byte);
    if ((byte & 0xc0) != 0x80) {
      this.missing = 0;
      return REPLACEMENT + this.lead(byte);
    }
    this.value = (this.value << 6) | (byte & 0x3f);
    if (--this.missing > 0) return '';
    const surrogate = this.value >= 0xd800 && this.value <= 0xdfff;
    if (this.value < this.least || this.value > 0x10ffff || surrogate) return REPLACEMENT;
    return String.fromCodePoint(this.value);
  }

  /** What is left over when nothing more comes. */
  end(): string {
    const cut = this.missing > 0;
    this.missing = 0;
    return cut ? REPLACEMENT : '';
  }

  private lead(byte: u8): string {
    if (byte < 0x80) return String.fromCharCode(byte);
    if (byte < 0xc2 || byte > 0xf4) return REPLACEMENT;
    this.missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.least = this.missing == 1 ? 0x80 : this.missing == 2 ? 0x800 : 0x10000;
    this.value = byte & (0x3f >> (<u8>this.missing));
    return '';
  }
}
