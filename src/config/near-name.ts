/** The name that was meant by one that there is not; undefined where none is near. */
export function nearName(possible: readonly string[], given: string): string | undefined {
  return possible.find((one) => one.toLowerCase() === given.toLowerCase() || isNear(one, given));
}

/** Whether two names differ by one letter added, missing, replaced, or swapped with its neighbour. */
function isNear(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [ofA, ofB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (ofA.length <= 1 && ofB.length <= 1) return true;
  return ofA.length === 2 && ofB === `${ofA[1]}${ofA[0]}`;
}
