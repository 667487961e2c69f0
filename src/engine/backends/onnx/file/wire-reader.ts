import { PbfReader } from 'pbf';
import { OnnxFormatError } from './format-error.ts';

/**
 * Protobuf fields one reader may meet, sub-messages included: about 25 times what the largest published
 * models have, and half a second of work for a file built to waste time.
 */
export const FIELD_BUDGET = 5_000_000;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** Bytes by wire type. The types missing here are groups, which ONNX never had, and undefined ones. */
const FIXED_SIZES = new Map([
  [1, 8],
  [5, 4],
]);
const MAX_KEY = 2 ** 32;

interface Shared {
  bytes: Uint8Array;
  varints: PbfReader;
  fieldsLeft: number;
}

/**
 * Walks the fields of one protobuf message, strictly. `pbf` decodes the numbers; on its own it reads past
 * the end of a buffer, cuts a length that is too long, stops quietly at field 0 and mends broken UTF-8, and
 * so would see another model in a hostile file than ONNX Runtime sees. Everything unusual is therefore an
 * {@link OnnxFormatError}: bounds, wire types, groups, text that is not UTF-8.
 *
 * Values are not decoded or copied until asked for; a message inside costs nothing until it is walked.
 */
export class WireReader {
  readonly #shared: Shared;
  readonly #start: number;
  readonly #end: number;
  #position: number;
  #fieldStart = 0;
  #wireType = VARINT;
  #number = 0;
  #valueStart = 0;

  /** Number of the field that `next` moved to. */
  field = 0;

  private constructor(shared: Shared, start: number, end: number) {
    this.#shared = shared;
    this.#start = start;
    this.#position = start;
    this.#end = end;
  }

  static over(bytes: Uint8Array): WireReader {
    return new WireReader(
      { bytes, varints: new PbfReader(bytes), fieldsLeft: FIELD_BUDGET },
      0,
      bytes.byteLength,
    );
  }

  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#position === this.#end) return false;
    this.#count();
    this.#fieldStart = this.#position;
    const key = this.#varint();
    this.field = Math.floor(key / 8);
    this.#wireType = key % 8;
    if (this.field === 0 || key >= MAX_KEY) throw this.#broken('a field number is out of range');
    if (this.#wireType === VARINT) this.#number = this.#varint();
    else this.#skip(this.#wireType);
    return true;
  }

  /** The field as int64; exact within ±2^53. */
  integer(): number {
    this.#expect(VARINT);
    return this.#number;
  }

  /** The field as repeated int64, packed or a single one; exact within ±2^53. Each number counts as a field. */
  *integers(): Generator<number, void> {
    if (this.#wireType === VARINT) {
      yield this.#number;
      return;
    }
    const packed = this.message();
    while (packed.#position < packed.#end) {
      packed.#count();
      yield packed.#varint();
    }
  }

  /** The field's bytes: a view, not a copy. */
  bytes(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    return this.#shared.bytes.subarray(this.#valueStart, this.#position);
  }

  text(): string {
    try {
      return UTF8.decode(this.bytes());
    } catch (error) {
      if (error instanceof OnnxFormatError) throw error;
      throw this.#broken('a name or text is not UTF-8');
    }
  }

  /** The text of one field of this message, as {@link textsOf}. */
  textOf(field: number): string {
    return this.textsOf(field)[0] ?? '';
  }

  /** The texts of fields of this message, which is walked for them: '' of a missing one, the last of a repeated one. */
  textsOf(...fields: readonly number[]): string[] {
    const texts = fields.map(() => '');
    while (this.next()) {
      const at = fields.indexOf(this.field);
      if (at !== -1) texts[at] = this.text();
    }
    return texts;
  }

  /** The whole field with its key and length: a view, not a copy. */
  raw(): Uint8Array {
    return this.#shared.bytes.subarray(this.#fieldStart, this.#position);
  }

  /** The field as a message; it may be walked at any later time. */
  message(): WireReader {
    this.#expect(LENGTH_DELIMITED);
    return new WireReader(this.#shared, this.#valueStart, this.#position);
  }

  /** A second walk over this message, from its beginning. */
  again(): WireReader {
    return new WireReader(this.#shared, this.#start, this.#end);
  }

  #count(): void {
    if (this.#shared.fieldsLeft-- === 0)
      throw new OnnxFormatError(`The model has more than ${FIELD_BUDGET} protobuf fields.`);
  }

  #skip(wireType: number): void {
    const size = wireType === LENGTH_DELIMITED ? this.#varint() : FIXED_SIZES.get(wireType);
    if (size === undefined) throw this.#broken(`it has wire type ${wireType}`);
    if (size < 0 || size > this.#end - this.#position)
      throw this.#broken('a field is longer than what holds it');
    this.#valueStart = this.#position;
    this.#position += size;
  }

  #varint(): number {
    const { varints } = this.#shared;
    varints.pos = this.#position;
    let value;
    try {
      value = varints.readVarint(true);
    } catch {
      throw this.#broken('a number is longer than 10 bytes');
    }
    if (varints.pos > this.#end) throw this.#broken('it ends within a number');
    this.#position = varints.pos;
    return value;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType)
      throw this.#broken(`field ${this.field} has wire type ${this.#wireType} instead of ${wireType}`);
  }

  #broken(what: string): OnnxFormatError {
    return new OnnxFormatError(`Not an ONNX model or a damaged one: ${what} (byte ${this.#position}).`);
  }
}

/** Keeps a byte order mark: it is part of a name. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
