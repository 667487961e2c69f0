/** A turn that is still being spoken: where it began, when somebody was heard last, and what was understood last. */
import { SAMPLE_RATE } from './settings';
import { Spoken } from './spoken';
import { TurnText } from './turn-text';
import { FRAME } from './voice';

/** Samples from one round to the next, at least: 0.5 s; and at most, however long a round takes: 4 s. */
const ROUND: u64 = SAMPLE_RATE / 2;
const LONGEST_ROUND: u64 = 4 * SAMPLE_RATE;
/** Of all the time that goes by, a turn takes a third. */
const SHARE: u64 = 3;
/** Samples that a round may come late before a turn takes less than that, so that pauses are not late too: 0.2 s. */
const EASY: u64 = SAMPLE_RATE / 5;
/** Frames of silence from which on the turn is understood to its end, to be settled at once: 0.19 s. */
const EARLY_FRAMES: i32 = 6;
/** Frames behind the last speech that are needed to understand it: 0.16 s. */
const TAIL_FRAMES: i32 = 5;
/** Samples behind the turn's end that may have been understood as well: 0.2 s. */
const MOST_BEHIND: u64 = 6 * FRAME;

export class Turn {
  text: TurnText = new TurnText();
  /** The probability of speech in each frame from `first` on. */
  probabilities: f32[] = [];
  /** Frames since somebody was heard. */
  silence: i32 = 0;
  /** The sample behind the last speech. */
  lastSpeech: u64;
  /** The sample at which the turn is over; 0: it goes on. */
  end: u64 = 0;
  /** Where the turn was cut though somebody spoke; 0: it was not. */
  cutInSpeech: u64 = 0;
  /** No stable word lies behind this sample, where that is known. */
  stableEnd: u64 = 0;
  private lastRound: u64;
  private interval: u64 = ROUND;
  private spoken: Spoken | null = null;

  /** @param first the sample from which on frames are heard */
  constructor(
    public start: u64,
    public first: u64,
  ) {
    this.lastSpeech = first;
    this.lastRound = start;
  }

  get heard(): u64 {
    return this.first + <u64>this.probabilities.length * FRAME;
  }

  hear(probability: f32, threshold: f32): void {
    this.probabilities.push(probability);
    this.silence = probability < threshold ? this.silence + 1 : 0;
    if (this.silence == 0) this.lastSpeech = this.heard;
  }

  /** Whether its end may have come. */
  get pauses(): bool {
    return this.end > 0 || this.silence >= EARLY_FRAMES;
  }

  /** Whether it is to be understood again. */
  isDue(heard: u64): bool {
    if (this.pauses) return !this.isAllBefore(this.lastRound);
    return this.silence == 0 && heard >= this.lastRound + this.interval;
  }

  /** Whether all that was said so far was said before a sample. */
  isAllBefore(sample: u64): bool {
    return sample >= this.lastSpeech + TAIL_FRAMES * FRAME;
  }

  /** @param spoken null: not all was understood */
  keep(spoken: Spoken | null, heard: u64): void {
    this.spoken = spoken;
    this.lastRound = heard;
  }

  /** The last round came so many samples late. */
  takeTime(samples: u64): void {
    const wanted = (samples * SHARE * max(samples, EASY)) / EASY;
    this.interval = min(LONGEST_ROUND, max(ROUND, wanted));
  }

  /** What was understood last, if that was all that was said before a sample. */
  understood(end: u64): Spoken | null {
    return this.isAllBefore(this.lastRound) && this.lastRound <= end + MOST_BEHIND ? this.spoken : null;
  }
}
