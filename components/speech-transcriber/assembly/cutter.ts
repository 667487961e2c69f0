/**
 * Sound that is longer than the model takes, cut where nobody speaks.
 *
 * Each piece ends somewhere between the shortest and the longest length: in the longest silence
 * there, or, if nobody stops talking, at the frame that is least like speech. The next piece
 * starts at that very sample: nothing is lost and nothing heard twice.
 */
import { readSound } from '../../sdk/assembly';
import { SAMPLE_RATE, Settings } from './settings';
import { FRAME, VoiceDetector } from './voice';

/** Sound before the place where a cut may fall, for the detector to settle. */
const WARM_UP: u64 = 8 * <u64>FRAME;
/** What a cut leaves for the last piece at least: 1 s. */
const LEAST_REST: u64 = SAMPLE_RATE;
/** Shorter gaps are inside of words: about 0.1 s. */
const SHORTEST_SILENCE: i32 = 3;
/** Frames of silence that a piece ends with at the most: about 0.5 s. */
const MOST_TRAILING: i32 = 16;

/** The sample at which the piece from `start` ends; 0, with a failure, if the detector fails. */
export function endOfPiece(start: u64, length: u64, settings: Settings, detector: VoiceDetector): u64 {
  const rest = length - start;
  const longest = <u64>(settings.longestPiece * SAMPLE_RATE);
  if (rest <= longest) return length;

  const earliest = start + <u64>(settings.shortestPiece * SAMPLE_RATE);
  const latest = start + min(longest, rest - LEAST_REST);
  if (latest <= earliest) return latest;
  const from = earliest - min(WARM_UP, earliest);
  const probabilities = detector.probabilities(readSound(from, <u32>(latest - from)));
  if (!probabilities) return 0;
  const first = <i32>((earliest - from) / FRAME);
  const frame = quietest(probabilities, first, <f32>settings.speechThreshold);
  return from + <u64>frame * FRAME + FRAME / 2;
}

/**
 * A frame in the longest silence from `first` on, a later one if two are as long: its middle, or
 * earlier if it is very long, since a piece should not end in seconds of silence.
 */
export function quietest(probabilities: Float32Array, first: i32, threshold: f32): i32 {
  let longest = 0;
  let middle = first;
  let least = first;
  let silent = 0;
  for (let frame = first; frame < probabilities.length; frame++) {
    if (probabilities[frame] <= probabilities[least]) least = frame;
    silent = probabilities[frame] < threshold ? silent + 1 : 0;
    if (silent > 0 && silent >= longest) {
      longest = silent;
      middle = frame + 1 - silent + min(silent / 2, MOST_TRAILING);
    }
  }
  return longest >= SHORTEST_SILENCE ? middle : least;
}
