/** What the decoder has said of one piece, token by token. */
import { Tensor } from '../../sdk/assembly';
import { PieceText } from './piece-text';
import { Vocabulary } from './vocabulary';

const SPACE: u8 = 0x20;

export class Spoken {
  tokens: u32[] = [];
  /** Of each token. */
  logProbabilities: f32[] = [];
  private bytes: Uint8Array[] = [];
  private listening: Array<Tensor | null> = [];
  private frames: i32[] = [];

  constructor(private vocabulary: Vocabulary) {}

  get length(): i32 {
    return this.tokens.length;
  }

  /** @param listening the frame that the decoder listened to for this token, read only where it is asked for */
  add(token: u32, logProbability: f32, listening: Tensor): void {
    this.tokens.push(token);
    this.logProbabilities.push(logProbability);
    this.bytes.push(this.vocabulary.bytes(token));
    this.listening.push(listening);
  }

  /** Takes the last tokens back, once it is known where they were heard. */
  takeBack(count: i32): void {
    const length = this.length - count;
    this.tokens.length = length;
    this.logProbabilities.length = length;
    this.bytes.length = length;
    this.listening.length = length;
    this.frames.length = length;
  }

  /** The frame of the sound that each token was heard in. */
  whereHeard(): i32[] {
    for (let i = this.frames.length; i < this.listening.length; i++) {
      const tensor = this.listening[i]!;
      this.frames.push(<i32>load<i64>(changetype<usize>(tensor.bytes())));
      tensor.drop();
      this.listening[i] = null;
    }
    return this.frames;
  }

  /** The frame in which a token was heard, where somebody has asked for it before; -1 if not. */
  frameOf(place: i32): i32 {
    return place >= 0 && place < this.frames.length ? this.frames[place] : -1;
  }

  /** Lets go of what nobody asked for. */
  finish(): void {
    for (let i = this.frames.length; i < this.listening.length; i++) this.listening[i]!.drop();
    this.listening.length = this.frames.length;
  }

  /** Whether the token has a letter, of whatever script. */
  hasLetter(place: i32): bool {
    const bytes = this.bytes[place];
    for (let i = 0; i < bytes.length; i++) {
      const letter = bytes[i] | 0x20;
      if (bytes[i] >= 0x80 || (letter >= 0x61 && letter <= 0x7a)) return true;
    }
    return false;
  }

  startsWord(place: i32): bool {
    const bytes = this.bytes[place];
    return bytes.length > 0 && bytes[0] == SPACE;
  }

  /** Whether the token is punctuation, or has no text at all. */
  isMark(place: i32): bool {
    if (this.hasLetter(place)) return false;
    const bytes = this.bytes[place];
    for (let i = 0; i < bytes.length; i++) if (bytes[i] >= 0x30 && bytes[i] <= 0x39) return false;
    return true;
  }

  /** Whether the token ends with one of these characters of ASCII. */
  endsWith(place: i32, marks: string): bool {
    const bytes = this.bytes[place];
    return bytes.length > 0 && marks.includes(String.fromCharCode(bytes[bytes.length - 1]));
  }

  /** The text of the tokens from `from` to before `to`. */
  text(from: i32, to: i32): string {
    const text = new PieceText();
    for (let i = from; i < to; i++) text.push(this.bytes[i]);
    text.end();
    return text.text;
  }

  /** The mean logarithm of the probabilities of the tokens from `from` to before `to`. */
  average(from: i32, to: i32): f32 {
    let sum: f64 = 0;
    for (let i = from; i < to; i++) sum += this.logProbabilities[i];
    return <f32>(sum / max(1, to - from));
  }

  /** What the token is made of, in UTF-8. */
  bytesOf(place: i32): Uint8Array {
    return this.bytes[place];
  }
}
