/** A transcript as a component gave it, held against the contract. */
import type { Segment } from '../../api/tasks.ts';
import { BadAnswer } from '../../models/guest-answer.ts';

export interface GuestTranscript {
  text: string;
  language: string;
  segments: (Omit<Segment, 'tokens'> & { tokens: Uint32Array })[];
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
