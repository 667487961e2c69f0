/** Characters to insert, remove or replace to make one text of another. */
export function editDistance(given: string, wanted: string): number {
  let row = Array.from({ length: wanted.length + 1 }, (_, index) => index);
  for (const [i, character] of Array.from(given).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(wanted).entries()) {
      next.push(
        Math.min((row[j] ?? 0) + (character === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1),
      );
    }
    row = next;
  }
  return row[wanted.length] ?? 0;
}
