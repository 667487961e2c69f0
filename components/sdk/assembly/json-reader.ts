/** A small reader of JSON, for inputs that the host has found to be JSON already. */

/** The kinds of JSON's values. */
export enum JsonKind {
  None,
  Boolean,
  Number,
  String,
  Array,
  Object,
}

/** Nothing that a component reads is nested deeper. */
const MOST_LEVELS: i32 = 64;

/** A value of JSON. What is asked of a value of another kind is 0, empty or null. */
export class JsonValue {
  number: f64 = 0;
  boolean: bool = false;
  string: string = '';
  /** Elements of an array, or values of an object in the order of `keys`. */
  items: JsonValue[] = [];
  keys: string[] = [];

  constructor(readonly kind: JsonKind) {}

  /** The member of an object; null where there is none. */
  get(key: string): JsonValue | null {
    const place = this.keys.lastIndexOf(key);
    return place < 0 ? null : this.items[place];
  }

  /** The numbers of an array; null if it is none, or has anything else in it. */
  numbers(): Float64Array | null {
    if (this.kind != JsonKind.Array) return null;
    const numbers = new Float64Array(this.items.length);
    for (let i = 0; i < this.items.length; i++) {
      if (this.items[i].kind != JsonKind.Number) return null;
      numbers[i] = this.items[i].number;
    }
    return numbers;
  }
}

/** Null for what is no JSON, or is nested more than 64 levels deep. */
export function parseJson(text: string): JsonValue | null {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.skipSpace();
  return value && reader.at == text.length ? value : null;
}

class Reader {
  at: i32 = 0;

  constructor(private text: string) {}

  value(level: i32): JsonValue | null {
    this.skipSpace();
    const unit = this.peek();
    if (unit == 0x7b || unit == 0x5b) return level < MOST_LEVELS ? this.members(level, unit == 0x7b) : null;
    if (unit == 0x22) {
      const value = new JsonValue(JsonKind.String);
      const read = this.quoted();
      if (read == null) return null;
      value.string = read;
      return value;
    }
    if (this.word('null')) return new JsonValue(JsonKind.None);
    if (this.word('false')) return new JsonValue(JsonKind.Boolean);
    if (!this.word('true')) return this.numeric();
    const value = new JsonValue(JsonKind.Boolean);
    value.boolean = true;
    return value;
  }

  skipSpace(): void {
    for (let unit = this.peek(); unit == 0x20 || (unit >= 0x09 && unit <= 0x0d); unit = this.peek())
      this.at++;
  }

  /** The members of an object, or the items of an array. */
  private members(level: i32, named: bool): JsonValue | null {
    const value = new JsonValue(named ? JsonKind.Object : JsonKind.Array);
    const closer = named ? 0x7d : 0x5d;
    this.at++;
    this.skipSpace();
    if (this.next(closer)) return value;
    do {
      if (named) {
        this.skipSpace();
        const key = this.peek() == 0x22 ? this.quoted() : null;
        if (key == null) return null;
        value.keys.push(key);
        this.skipSpace();
        if (!this.next(0x3a)) return null;
      }
      const item = this.value(level + 1);
      if (!item) return null;
      value.items.push(item);
      this.skipSpace();
    } while (this.next(0x2c));
    return this.next(closer) ? value : null;
  }

  private numeric(): JsonValue | null {
    const from = this.at;
    for (let unit = this.peek(); isNumeric(unit); unit = this.peek()) this.at++;
    const value = new JsonValue(JsonKind.Number);
    value.number = parseFloat(this.text.substring(from, this.at));
    return isFinite(value.number) ? value : null;
  }

  private quoted(): string | null {
    let read = '';
    let from = ++this.at;
    for (let unit = this.peek(); unit != 0x22; unit = this.peek()) {
      if (unit < 0x20) return null;
      this.at++;
      if (unit != 0x5c) continue;
      read += this.text.substring(from, this.at - 1);
      const escape = this.peek();
      this.at++;
      if (escape == 0x75) {
        read += String.fromCharCode(<i32>parseInt(this.text.substr(this.at, 4), 16));
        this.at += 4;
      } else {
        const place = 'bfnrt'.indexOf(String.fromCharCode(escape));
        read += place < 0 ? String.fromCharCode(escape) : '\b\f\n\r\t'.charAt(place);
      }
      from = this.at;
    }
    return read + this.text.substring(from, this.at++);
  }

  private word(word: string): bool {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private next(unit: i32): bool {
    if (this.peek() != unit) return false;
    this.at++;
    return true;
  }

  /** -1 at the end. */
  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }
}

/** Digits, signs, the point and the exponent. */
function isNumeric(unit: i32): bool {
  return (
    (unit >= 0x30 && unit <= 0x39) || unit == 0x2b || unit == 0x2d || unit == 0x2e || (unit | 0x20) == 0x65
  );
}
