/** Words to insert, remove or replace, as a share of the reference's words; case and punctuation do not count. */
export function wordErrors(said: string, reference: string): { errors: number; words: number } {
  const [given, wanted] = [wordsOf(said), wordsOf(reference)];
  let row = Array.from({ length: wanted.length + 1 }, (_, index) => index);
  for (const [i, word] of given.entries()) {
    const next = [i + 1];
    for (const [j, other] of wanted.entries()) {
      next.push(
        Math.min((row[j] ?? 0) + (word === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1),
      );
    }
    row = next;
  }
  return { errors: row[wanted.length] ?? 0, words: wanted.length };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}
