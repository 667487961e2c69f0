/** What has been understood of a turn that is still being spoken: its stable words, and those that may change. */
import { tellWords } from '../../sdk/assembly';
import { Spoken } from './spoken';

/**
 * A word is stable once two rounds in a row have it at the same place, with another word behind it: each later round
 * then begins with it. So the stable text only grows.
 */
export class TurnText {
  /** Tokens that each round begins with, and the logarithms of their probabilities. */
  tokens: u32[] = [];
  logProbabilities: f32[] = [];
  private last: u32[] = [];
  private text: string = '';
  private tentative: string = '';

  /** Takes a round in, and tells what is new. */
  add(spoken: Spoken): void {
    const agreed = this.agreed(spoken);
    for (let i = this.tokens.length; i < agreed; i++) {
      this.tokens.push(spoken.tokens[i]);
      this.logProbabilities.push(spoken.logProbabilities[i]);
    }
    this.last = spoken.tokens.slice(0);
    const text = spoken.text(0, agreed);
    const stable = text.substring(this.text.length);
    const tentative = spoken.text(0, spoken.length).substring(text.length);
    if (stable.length == 0 && tentative == this.tentative) return;
    this.text = text;
    this.tentative = tentative;
    tellWords(stable, tentative);
  }

  /** How many tokens are stable with this round. */
  private agreed(spoken: Spoken): i32 {
    const tokens = spoken.tokens;
    const most = min(tokens.length, this.last.length);
    let agreed = this.tokens.length;
    while (agreed < most && tokens[agreed] == this.last[agreed]) agreed++;
    // The last word of a round may be half of one.
    while (agreed > this.tokens.length && (agreed == tokens.length || !spoken.startsWord(agreed))) agreed--;
    return agreed;
  }
}
