/**
 * A greedy decoder can fall into a loop and say the same words until its limit. People repeat
 * themselves as well, but then the decoder listens to sound that it has not heard before: in a loop it
 * listens to the same place again and again.
 */

/** The longest phrase, in tokens, whose repetition is looked for. */
const LONGEST_PHRASE: i32 = 40;
/** A repetition of fewer tokens than these is let pass. */
const LEAST_TOKENS: i32 = 7;
/** The same for tokens without a letter: "1,000,000,000" is said in three words. */
const LEAST_NUMBERS: i32 = 13;
/** Frames of sound that a token takes when it is spoken, at the least: about 50 ms. */
const LEAST_FRAMES: i32 = 2;

/** Counts, token by token, how much of the end says again what is right before it. */
export class Repetition {
  private tokens: u32[] = [];
  private lastWord: i32 = -1;
  /** For each length of a phrase: how many tokens at the end equal the ones a phrase earlier. */
  private runs: StaticArray<i32> = new StaticArray<i32>(LONGEST_PHRASE + 1);

  /** @param word whether the token has a letter */
  push(token: u32, word: bool): void {
    const place = this.tokens.length;
    this.tokens.push(token);
    if (word) this.lastWord = place;
    for (let phrase = 1; phrase <= min(LONGEST_PHRASE, place); phrase++) {
      this.runs[phrase] = this.tokens[place - phrase] == token ? this.runs[phrase] + 1 : 0;
    }
  }

  /** Tokens at the end that may turn out to be a loop's. */
  get length(): i32 {
    let longest = 0;
    for (let phrase = 1; phrase <= LONGEST_PHRASE; phrase++) longest = max(longest, this.runs[phrase]);
    return longest;
  }

  /** The same where they repeat a whole phrase and are enough to wonder; 0 otherwise. */
  get suspicious(): i32 {
    for (let phrase = 1; phrase <= LONGEST_PHRASE; phrase++) {
      const least = this.lastWord >= this.tokens.length - phrase ? LEAST_TOKENS : LEAST_NUMBERS;
      if (this.runs[phrase] >= max(phrase, least)) return this.runs[phrase];
    }
    return 0;
  }
}

/**
 * Whether the decoder moved on through the sound over the last `count` of these frames, one a token.
 * Compares the means of their two halves, since a single token may listen anywhere.
 */
export function movesOn(frames: i32[], count: i32): bool {
  const half = count / 2;
  const end = frames.length;
  const progress = mean(frames, end - half, end) - mean(frames, end - count, end - half);
  // Between the middles of the halves lies half of the tokens.
  return progress >= <f64>(LEAST_FRAMES * count) / 2;
}

function mean(frames: i32[], from: i32, to: i32): f64 {
  let sum = 0;
  for (let i = from; i < to; i++) sum += frames[i];
  return <f64>sum / (to - from);
}
