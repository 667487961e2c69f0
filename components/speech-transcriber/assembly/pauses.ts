/** Where a piece of sound is quiet, by its loudness alone: that costs next to nothing. */
import { SAMPLE_RATE } from './settings';

/** Samples whose loudness is measured together: 20 ms. */
const BLOCK: i32 = SAMPLE_RATE / 50;
/** Blocks of quiet that are a pause: 0.2 s. Shorter ones are inside of words. */
const SHORTEST_PAUSE: i32 = 10;
/** Blocks of sound in a row that are no click. */
const SHORTEST_SOUND: i32 = 3;
/** Decibels from the quiet blocks to the loud ones; below, pauses cannot be told from speech. */
const LEAST_RANGE: f32 = 12;
/** Decibels of full scale; what is below was never recorded, and says nothing of how quiet the recording is. */
const INAUDIBLE: f32 = -66;
/** Decibels below the loud blocks, where all that was recorded is loud. */
const DEEPEST: f32 = 50;
/** How far up between quiet and loud speech begins. */
const SHARE: f32 = 0.3;

/** Samples of the piece, from `start` to before `end`. */
export class Span {
  constructor(
    public start: i32,
    public end: i32,
  ) {}

  get length(): i32 {
    return this.end - this.start;
  }
}

/** What is heard between the first and the last sound, and the pauses in it. */
export class Sounding {
  pauses: Span[] = [];

  constructor(public whole: Span) {}

  /** Forgets what is behind a sample. */
  endBefore(end: i32): void {
    this.whole.end = min(this.whole.end, end);
    this.whole.start = min(this.whole.start, this.whole.end);
    while (this.pauses.length > 0 && this.pauses[this.pauses.length - 1].end >= this.whole.end)
      this.pauses.pop();
  }
}

/** The pauses between the sounds of a piece; none, and all of the piece, where loudness does not tell. */
export function findPauses(samples: Float32Array): Sounding {
  const all = new Sounding(new Span(0, samples.length));
  const levels = levelsOf(samples);
  if (levels.length < 2 * SHORTEST_PAUSE) return all;
  const threshold = thresholdOf(levels);
  if (isNaN(threshold)) return all;

  let first = -1;
  let last = -1;
  const pauses: Span[] = [];
  for (let block = 0; block < levels.length; block++) {
    if (levels[block] < threshold) continue;
    let end = block;
    while (end < levels.length && levels[end] >= threshold) end++;
    if (end - block >= SHORTEST_SOUND) {
      if (first < 0) first = block;
      else if (block - last >= SHORTEST_PAUSE) pauses.push(new Span(last * BLOCK, block * BLOCK));
      last = end;
    }
    block = end;
  }
  if (first < 0) return all;
  const sounding = new Sounding(new Span(first * BLOCK, min(last * BLOCK, samples.length)));
  sounding.pauses = pauses;
  return sounding;
}

/** The level from which on a block is sound; NaN where quiet and loud are too close to tell. */
function thresholdOf(levels: Float32Array): f32 {
  const sorted = levels.slice(0).sort();
  let inaudible = 0;
  while (inaudible < sorted.length && sorted[inaudible] < INAUDIBLE) inaudible++;
  const audible = sorted.length - inaudible;
  if (audible == 0) return NaN;
  const loud = sorted[inaudible + (audible * 9) / 10];
  let quiet = sorted[inaudible + audible / 10];
  if (loud - quiet < LEAST_RANGE) {
    if (inaudible == 0) return NaN;
    quiet = loud - DEEPEST;
  }
  return quiet + SHARE * (loud - quiet);
}

/** The quietest place of a stretch of sound. */
export function quietestSample(samples: Float32Array, from: i32, to: i32): i32 {
  const levels = levelsOf(samples.subarray(from, to));
  let least = 0;
  for (let block = 1; block < levels.length; block++) if (levels[block] < levels[least]) least = block;
  return from + least * BLOCK + BLOCK / 2;
}

/** Decibels of full scale of each block. */
function levelsOf(samples: Float32Array): Float32Array {
  const levels = new Float32Array(samples.length / BLOCK);
  for (let block = 0; block < levels.length; block++) {
    let sums = f32x4.splat(0);
    const end = samples.dataStart + ((<usize>((block + 1) * BLOCK)) << 2);
    for (let at = samples.dataStart + ((<usize>(block * BLOCK)) << 2); at < end; at += 16) {
      const four = v128.load(at);
      sums = f32x4.add(sums, f32x4.mul(four, four));
    }
    const sum =
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      f32x4.extract_lane(sums, 2) +
      f32x4.extract_lane(sums, 3);
    levels[block] = 10 * Mathf.log10(sum / <f32>BLOCK + 1e-10);
  }
  return levels;
}
