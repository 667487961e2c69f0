/** Classes with at least `least`, the best `count` of them, best first; equal scores by lower index. */
export function best(scores: StaticArray<f32>, count: i32, least: f32): i32[] {
  const found: i32[] = [];
  for (let label = 0; label < scores.length; label++) {
    const score = unchecked(scores[label]);
    if (!(score >= least)) continue;
    if (found.length == count) {
      if (score <= scores[found[count - 1]]) continue;
      found.pop();
    }
    let place = found.length;
    found.push(label);
    for (; place > 0 && scores[found[place - 1]] < score; place--) found[place] = found[place - 1];
    found[place] = label;
  }
  return found;
}
