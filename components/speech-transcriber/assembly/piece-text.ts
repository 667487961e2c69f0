/** The text of one piece, growing token by token. */
import { Utf8Decoder } from './utf8';

const SPACE: i32 = 0x20;

/**
 * Whole characters only, and no space at either end: a space is held back until something follows it.
 * So what `push` and `end` gave, joined, is exactly `text`.
 */
export class PieceText {
  text: string = '';
  private held: string = '';
  private decoder: Utf8Decoder = new Utf8Decoder();

  /** What a token's bytes add to the text; often a word, sometimes nothing. */
  push(bytes: Uint8Array): string {
    let characters = '';
    for (let i = 0; i < bytes.length; i++) characters += this.decoder.push(bytes[i]);
    return this.add(characters);
  }

  /** What is left over when no more tokens come. */
  end(): string {
    return this.add(this.decoder.end());
  }

  private add(characters: string): string {
    let from = 0;
    let to = characters.length;
    if (this.text.length == 0) while (from < to && characters.charCodeAt(from) == SPACE) from++;
    while (to > from && characters.charCodeAt(to - 1) == SPACE) to--;
    if (from == to) {
      if (this.text.length != 0) this.held += characters;
      return '';
    }
    const added = this.held + characters.substring(from, to);
    this.held = characters.substring(to);
    this.text += added;
    return added;
  }
}
