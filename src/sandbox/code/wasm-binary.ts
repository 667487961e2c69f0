/** Reads and writes the parts of the WebAssembly binary format that are needed here: sections, numbers, types. */

export const PREAMBLE_BYTES = 8;

/** `\\0asm`, version 1, layer 0; a component's layer is 1. */
const CORE_PREAMBLE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

export function isCoreModule(bytes: Uint8Array): boolean {
  return CORE_PREAMBLE.every((byte, index) => bytes[index] === byte);
}

export interface Section {
  id: number;
  /** The section with its id and length. */
  whole: Uint8Array;
  body: Uint8Array;
}

/** @throws Error if they do not fit into the module */
export function sectionsOf(module: Uint8Array): Section[] {
  const sections = [];
  const reader = new BinaryReader(module, PREAMBLE_BYTES);
  while (!reader.done) {
    const start = reader.offset;
    const id = reader.byte();
    const body = reader.bytes(reader.leb());
    sections.push({ id, body, whole: module.subarray(start, reader.offset) });
  }
  return sections;
}

/** Reads from byte to byte. Every read throws an Error beyond the end. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  get done(): boolean {
    return this.offset >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.offset++];
    if (value === undefined) throw new Error('it ends in the middle of a section');
    return value;
  }

  /** The next byte, without consuming it. */
  peek(): number {
    const value = this.byte();
    this.offset--;
    return value;
  }

  skip(bytes: number): void {
    this.bytes(bytes);
  }

  /** Signed or unsigned LEB128 of any width. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  /** Unsigned LEB128 of up to 32 bits. */
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number in it is too long');
  }

  bytes(length: number): Uint8Array {
    if (this.offset + length > this.#bytes.length) throw new Error('a section of it reaches past its end');
    return this.#bytes.subarray(this.offset, (this.offset += length));
  }

  /** A value type: one byte, or `(ref null? ht)`. */
  valueType(): Uint8Array {
    const start = this.offset;
    const first = this.byte();
    if (first === 0x63 || first === 0x64) while (this.byte() >= 0x80);
    return this.#bytes.subarray(start, this.offset);
  }
}

export function section(id: number, body: Uint8Array | readonly number[]): Uint8Array {
  return Buffer.concat([Uint8Array.from([id, ...leb(body.length)]), Uint8Array.from(body)]);
}

/** A name: its length in bytes and its UTF-8. */
export function nameBytes(name: string): number[] {
  const bytes = Buffer.from(name);
  return [...leb(bytes.length), ...bytes];
}

/** Unsigned LEB128, padded to a length where one is given. */
export function leb(value: number, length = 1): number[] {
  const bytes = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 || bytes.length + 1 < length ? low | 0x80 : low);
  } while (rest > 0 || bytes.length < length);
  return bytes;
}
