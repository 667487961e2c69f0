/** Compares a sample's answer with the expected one. */

/** Share of words that may differ: greedy speech decoding varies a little from one CPU to another. */
const TOLERATED_WORD_ERRORS = 0.2;

export function sampleMatches(answer: string, expected: string): boolean {
  const [given, wanted] = [wordsOf(answer), wordsOf(expected)];
  return editDistance(given, wanted) <= TOLERATED_WORD_ERRORS * wanted.length;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

/** Number of words to insert, remove or replace. */
function editDistance(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, word] of a.entries()) {
    const next = [i + 1];
    for (const [j, other] of b.entries()) {
      const replaced = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
