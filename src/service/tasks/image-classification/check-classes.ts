/** Classes as a component gave them, held against the contract: their order and number are settled here. */
import { BadAnswer } from '../../models/guest-answer.ts';

export interface RankedClass {
  index: number;
  score: number;
}

/**
 * The classes best first, equal scores by lower index, and no more of them than were asked for.
 *
 * @param labels how many the model has; 0: it names no classes, and any index may come
 * @throws BadAnswer
 */
export function checkClasses(
  found: readonly RankedClass[],
  { labels, topK = found.length }: { labels: number; topK: number | undefined },
): RankedClass[] {
  const seen = new Set<number>();
  for (const { index, score } of found) {
    if (!Number.isFinite(score)) throw new BadAnswer(`class ${index} the score ${score}, which is no number`);
    if (labels > 0 && index >= labels) {
      throw new BadAnswer(`class ${index}, and the model has labels for ${labels} classes, counted from 0`);
    }
    if (seen.has(index)) throw new BadAnswer(`class ${index} twice in one answer`);
    seen.add(index);
  }
  return found.toSorted((a, b) => b.score - a.score || a.index - b.index).slice(0, topK);
}
