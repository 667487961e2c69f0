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
    let lines = 0;
    for (let at = 0; at < text.length; at++) if (unchecked(text[at]) == LINE_FEED) lines++;
    if (lines == 0) {
      fail(FailureKind.Internal, `asset "${asset}" has no lines`);
      return null;
    }
    const starts = new StaticArray<u32>(lines + 1);
    let line = 0;
    for (let at = 0; at < text.length; at++) {
      if (unchecked(text[at]) == LINE_FEED) starts[++line] = at + 1;
    }
    return new Vocabulary(text, starts, lines);
  }

  /** The bytes of a token's text; empty for a mark and for an id beyond the vocabulary. */
  bytes(token: u32): Uint8Array {
    if (token >= <u32>this.size) return new Uint8Array(0);
    const start = <i32>this.starts[token];
    const end = <i32>this.starts[token + 1] - 1;
    if (end - start > 2 && this.text[start] == LESS && this.text[end - 1] == GREATER) {
      return this.byteToken(start, end);
    }
    return withSpaces(this.text.slice(start, end));
  }

  /** The byte of `<0x41>`; nothing for a mark such as `</s>`. */
  private byteToken(start: i32, end: i32): Uint8Array {
    const digits = String.UTF8.decodeUnsafe(this.text.dataStart + start + 1, end - start - 2);
    if (digits.length != 4 || !digits.startsWith('0x')) return new Uint8Array(0);
    const byte = new Uint8Array(1);
    byte[0] = <u8>I32.parseInt(digits.substring(2), 16);
    return byte;
  }
}

/** Each `▁` (E2 96 81) made a space. */
function withSpaces(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0; at < bytes.length; at++, length++) {
    const mark = at + 2 < bytes.length && bytes[at] == 0xe2 && bytes[at + 1] == 0x96 && bytes[at + 2] == 0x81;
    bytes[length] = mark ? 0x20 : bytes[at];
    if (mark) at += 2;
  }
  return bytes.subarray(0, length);
}
