/** A greedy decoder can fall into a loop and say the same words until its limit. */

/** The longest phrase, in tokens, whose repetition is looked for. */
const LONGEST_PHRASE: i32 = 24;
/** A phrase said this often in a row is a loop… */
const REPEATS: i32 = 4;
/** …if it fills at least as many tokens: people do say "no, no, no, no". */
const LEAST_TOKENS: i32 = 16;

/** Whether the tokens end in a loop. */
export function endsInLoop(tokens: u32[]): bool {
  for (let phrase = 1; phrase <= LONGEST_PHRASE; phrase++) {
    const repeats = max(REPEATS, (LEAST_TOKENS + phrase - 1) / phrase);
    if (repeats * phrase <= tokens.length && repeatsPhrase(tokens, phrase, repeats)) return true;
  }
  return false;
}

/** Whether the last `repeats` x `phrase` tokens are one phrase over and over. */
function repeatsPhrase(tokens: u32[], phrase: i32, repeats: i32): bool {
  const first = tokens.length - repeats * phrase;
  for (let i = first + phrase; i < tokens.length; i++) {
    if (tokens[i] != tokens[i - phrase]) return false;
  }
  return true;
}
