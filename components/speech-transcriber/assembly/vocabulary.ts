/**
 * The tokenizer's vocabulary: a text file of one token a line, in the order of their ids.
 *
 * `▁` stands for a space, `<0x41>` for one byte of UTF-8, and any other token in angle brackets is a
 * mark without text. The file stays as it is, with a table of where its lines start: 32,768 strings
 * would take four times as much memory.
 */
import { FailureKind, fail, readAsset } from '../../sdk/assembly';

const LINE_FEED: u8 = 0x0a;
const LESS: u8 = 0x3c;
const GREATER: u8 = 0x3e;
const ZERO: u8 = 0x30;
const LETTER_X: u8 = 0x78;
/** Of `<0x41>`. */
const BYTE_LENGTH: i32 = 6;

export class Vocabulary {
  private constructor(
    private text: Uint8Array,
    /** Where each line starts, and where a line after the last would. */
    private starts: StaticArray<u32>,
    public size: i32,
  ) {}

  /** Reads the asset; null, with a failure, if there is none or it is empty. */
  static read(asset: string): Vocabulary | null {
    const text = readAsset(asset);
    if (!text) return null;
    // By addresses: the file is read whole for each request, and an indexed read costs ten times as much.
    const first = text.dataStart;
    const length = text.length;
    let lines = 0;
    for (let at = 0; at < length; at++) if (load<u8>(first + at) == LINE_FEED) lines++;
    if (lines == 0) {
      fail(FailureKind.Internal, `asset "${asset}" has no lines`);
      return null;
    }
    const starts = new StaticArray<u32>(lines + 1);
    let line = 0;
    for (let at = 0; at < length; at++) {
      if (load<u8>(first + at) == LINE_FEED) starts[++line] = at + 1;
    }
    return new Vocabulary(text, starts, lines);
  }

  /** The bytes of a token's text; empty for a mark and for an id beyond the vocabulary. */
  bytes(token: u32): Uint8Array {
    if (token >= <u32>this.size) return new Uint8Array(0);
    const start = <i32>this.starts[token];
    const end = <i32>this.starts[token + 1] - 1;
    const text = this.text.slice(start, end);
    return isMark(text) ? new Uint8Array(0) : unescaped(text);
  }
}

/** `</s>` and the like, which have no text; `<0x41>` is a byte. */
function isMark(text: Uint8Array): bool {
  const last = text.length - 1;
  return last > 1 && text[0] == LESS && text[last] == GREATER && !isByte(text, 0);
}

/** Whether `<0x41>`, or the like, stands at `at`. */
function isByte(text: Uint8Array, at: i32): bool {
  return (
    at + BYTE_LENGTH <= text.length &&
    text[at] == LESS &&
    text[at + 1] == ZERO &&
    text[at + 2] == LETTER_X &&
    text[at + BYTE_LENGTH - 1] == GREATER
  );
}

/** Each `▁` (E2 96 81) made a space, and each `<0x41>` the byte that it names. */
function unescaped(text: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0; at < text.length; at++, length++) {
    if (isByte(text, at)) {
      text[length] = <u8>((hexDigit(text[at + 3]) << 4) | hexDigit(text[at + 4]));
      at += BYTE_LENGTH - 1;
    } else if (at + 2 < text.length && text[at] == 0xe2 && text[at + 1] == 0x96 && text[at + 2] == 0x81) {
      text[length] = 0x20;
      at += 2;
    } else {
      text[length] = text[at];
    }
  }
  return text.subarray(0, length);
}

function hexDigit(character: u8): u8 {
  // Letters have the bit that digits lack, and begin at A or a, which end in 1.
  return character >= 0x40 ? (character & 7) + 9 : character & 15;
}
