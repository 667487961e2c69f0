/**
 * JSON text, built in order: commas, quotes and escapes are seen to.
 *
 *     new JsonWriter().object().key('label').string('cat').key('score').number(0.5).end().text
 */
export class JsonWriter {
  private parts: string[] = [];
  private closers: string[] = [];
  private first: bool = true;
  private afterKey: bool = false;

  object(): JsonWriter {
    return this.open('{', '}');
  }

  array(): JsonWriter {
    return this.open('[', ']');
  }

  /** Ends the innermost object or array. */
  end(): JsonWriter {
    this.parts.push(this.closers.pop());
    this.first = false;
    return this;
  }

  /** The name of the next value of an object. */
  key(name: string): JsonWriter {
    this.add(quote(name) + ':');
    this.afterKey = true;
    return this;
  }

  string(value: string): JsonWriter {
    return this.add(quote(value));
  }

  /** The shortest text that reads as the same number; null for what JSON has no number for. */
  number<T>(value: T): JsonWriter {
    if (isFloat<T>(value)) {
      if (!isFinite(value)) return this.none();
      const text = value.toString();
      return this.add(text.endsWith('.0') ? text.slice(0, -2) : text);
    }
    return this.add(value.toString());
  }

  boolean(value: bool): JsonWriter {
    return this.add(value ? 'true' : 'false');
  }

  none(): JsonWriter {
    return this.add('null');
  }

  /** The text; everything opened must have been closed. */
  get text(): string {
    assert(this.closers.length == 0, 'an object or array has not been ended');
    return this.parts.join('');
  }

  private open(opener: string, closer: string): JsonWriter {
    this.add(opener);
    this.closers.push(closer);
    this.first = true;
    return this;
  }

  private add(part: string): JsonWriter {
    if (!this.first && !this.afterKey) this.parts.push(',');
    this.first = false;
    this.afterKey = false;
    this.parts.push(part);
    return this;
  }
}

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

function quote(text: string): string {
  let quoted = '"';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x20 && unit != QUOTE && unit != BACKSLASH) continue;
    quoted += text.substring(from, at);
    quoted += unit < 0x20 ? `\\u${unit.toString(16).padStart(4, '0')}` : `\\${String.fromCharCode(unit)}`;
    from = at + 1;
  }
  return quoted + text.substring(from) + '"';
}
