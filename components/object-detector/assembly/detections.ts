/** The best boxes out of what the graph gave. */
import { Box, boxAt } from './cells';

/** Not more than this many are compared with each other: a threshold of 0 lets hundreds of thousands through. */
const MOST_CANDIDATES: i32 = 1000;

export class Detection {
  constructor(
    /** Its place among the labels. */
    readonly label: i32,
    readonly score: f32,
    readonly box: Box,
  ) {}
}

/**
 * The objects of a score of `threshold` or more, best first, and at most `most` of them. Of boxes of one class that
 * share more than `overlap` the best one stays.
 *
 * @param scores cells x classes
 * @param distances cells x 4 x bins
 */
export function findBest(
  scores: Float32Array,
  distances: Float32Array,
  width: i32,
  height: i32,
  classes: i32,
  threshold: f32,
  overlap: f32,
  most: i32,
): Detection[] {
  const cells = scores.length / classes;
  const bins = distances.length / cells / 4;
  const candidates = candidatesOf(scores, threshold);
  const found: Detection[] = [];
  for (let i = 0; i < min(candidates.length, MOST_CANDIDATES) && found.length < most; i++) {
    const place = placeOf(candidates[i]);
    const label = place % classes;
    const box = boxAt(place / classes, distances, bins, width, height);
    if (!isKnown(box, label, found, overlap)) found.push(new Detection(label, scores[place], box));
  }
  return found;
}

/** Scores with their places, best first, equal ones by their places: each a number that sorts so. */
function candidatesOf(scores: Float32Array, threshold: f32): u64[] {
  const candidates: u64[] = [];
  for (let place = 0; place < scores.length; place++) {
    const score = unchecked(scores[place]);
    // The bits of floats that are not negative are in the order of their values.
    if (score >= threshold) candidates.push(((<u64>reinterpret<u32>(score)) << 32) | (u32.MAX_VALUE - place));
  }
  return candidates.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
}

function placeOf(candidate: u64): i32 {
  return <i32>(u32.MAX_VALUE - <u32>candidate);
}

/** Whether a better box of the class has been found there. */
function isKnown(box: Box, label: i32, found: Detection[], overlap: f32): bool {
  for (let i = 0; i < found.length; i++)
    if (found[i].label == label && found[i].box.overlap(box) > overlap) return true;
  return false;
}
