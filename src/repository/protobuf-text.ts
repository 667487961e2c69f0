/** Protobuf's text format, in which Triton's configurations are written, read without a schema. */

/** Values by the names of their fields, each as often as it is given. */
export type TextMessage = ReadonlyMap<string, readonly TextValue[]>;
/** A number, a name, the contents of a string, or a message. */
export type TextValue = string | TextMessage;

export class ProtobufTextError extends Error {}

/** White space and comments; then a string, a word or number, a sign, or any other character. */
const TOKEN =
  /(?:\s|#[^\n]*)*(?:("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([-+\w.]+|\[[\w./]+\](?=\s*[:{<]))|([{}<>[\]:,;])|$|(.))/y;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '<': '>' };
const DEEPEST = 64;

/** @throws {ProtobufTextError} with the line number of the fault */
export function parseProtobufText(source: string): TextMessage {
  return new Reader(source).message('', 0);
}

interface Token {
  kind: 'text' | 'word' | 'sign';
  /** Empty at the end. */
  value: string;
}

class Reader {
  readonly #source: string;
  #position = 0;
  #token: Token;

  constructor(source: string) {
    this.#source = source;
    this.#token = this.#read();
  }

  /** Reads fields up to the sign that closes the message. */
  message(closing: string, depth: number): TextMessage {
    if (depth > DEEPEST) throw this.#wrong('messages are nested too deeply');
    const fields = new Map<string, TextValue[]>();
    while (!this.#takes(closing)) {
      if (this.#token.kind !== 'word') throw this.#wrong(`a field was expected, not ${this.#shown}`);
      const { value: name } = this.#take();
      const hasColon = this.#takes(':');
      const values = fields.get(name) ?? [];
      fields.set(name, values);
      for (const value of this.#values(hasColon, depth)) values.push(value);
      if (!this.#takes(',')) this.#takes(';');
    }
    return fields;
  }

  #values(hasColon: boolean, depth: number): TextValue[] {
    if (!this.#takes('[')) return [this.#value(hasColon, depth)];
    const values: TextValue[] = [];
    while (!this.#takes(']')) {
      values.push(this.#value(true, depth));
      if (!this.#takes(',') && !this.#is(']')) throw this.#wrong('"," or "]" was expected');
    }
    return values;
  }

  #value(maybeScalar: boolean, depth: number): TextValue {
    const { kind, value } = this.#token;
    const closing = kind === 'sign' ? CLOSING[value] : undefined;
    if (closing !== undefined) {
      this.#take();
      return this.message(closing, depth + 1);
    }
    if (kind === 'sign' || !maybeScalar) throw this.#wrong(`a value was expected, not ${this.#shown}`);
    this.#take();
    if (kind === 'word') return value;
    // Adjacent strings are concatenated.
    let text = value;
    while (this.#token.kind === 'text') text += this.#take().value;
    return text;
  }

  #is(sign: string): boolean {
    return this.#token.kind === 'sign' && this.#token.value === sign;
  }

  #takes(sign: string): boolean {
    const found = this.#is(sign);
    if (found) this.#take();
    return found;
  }

  #take(): Token {
    const taken = this.#token;
    this.#token = this.#read();
    return taken;
  }

  #read(): Token {
    TOKEN.lastIndex = this.#position;
    const [whole = '', text, word, sign, other] = TOKEN.exec(this.#source) ?? [];
    this.#position += whole.length;
    if (other !== undefined) throw this.#wrong(`${JSON.stringify(other)} was not expected`);
    if (text !== undefined) return { kind: 'text', value: text.slice(1, -1).replaceAll(/\\(.)/g, '$1') };
    if (word !== undefined) return { kind: 'word', value: word };
    return { kind: 'sign', value: sign ?? '' };
  }

  get #shown(): string {
    const { value } = this.#token;
    return value === '' ? 'the end' : JSON.stringify(value.slice(0, 80));
  }

  #wrong(what: string): ProtobufTextError {
    return new ProtobufTextError(`line ${this.#source.slice(0, this.#position).split('\n').length}: ${what}`);
  }
}
