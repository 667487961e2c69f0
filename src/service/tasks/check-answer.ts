/**
 * A component's answer held against the contract before anybody sees it. What the contract settles is settled here, the
 * order and number of classes; all else that breaks it is the component's failure, said in words.
 */
import type { Segment } from '../api/tasks.ts';
import { BadAnswer } from '../models/guest-answer.ts';

export interface RankedClass {
  index: number;
  score: number;
}

export interface GuestTranscript {
  text: string;
  language: string;
  segments: (Omit<Segment, 'tokens'> & { tokens: Uint32Array })[];
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

/** The transcript itself: times in it are finite and run forwards, among segments and among the words of each. @throws BadAnswer */
export function checkTranscript(transcript: GuestTranscript): GuestTranscript {
  assertForwards('segment', transcript.segments);
  for (const [at, { averageLogProbability, words }] of transcript.segments.entries()) {
    if (!Number.isFinite(averageLogProbability)) {
      throw new BadAnswer(`segment ${at} the probability ${averageLogProbability}, which is no number`);
    }
    assertForwards(`segment ${at}, word`, words);
  }
  return transcript;
}

/** Parts may overlap, as those of several speakers do; none ends before it starts, or starts before the last did. */
function assertForwards(what: string, parts: readonly { start: number; end: number }[]): void {
  let last = 0;
  for (const [at, { start, end }] of parts.entries()) {
    if (!Number.isFinite(start) || !Number.isFinite(end)) {
      throw new BadAnswer(`${what} ${at} the time ${start} to ${end}, which is no number of seconds`);
    }
    if (start < last || end < start) {
      throw new BadAnswer(`${what} ${at} the time ${start} to ${end} behind ${last}: times run backwards`);
    }
    last = start;
  }
}
