/** The text of a piece cut into segments, at sentence ends and pauses, as subtitles are. */
import { Segment } from '../../sdk/assembly/worlds/speech-transcription';
import { Sounding, Span } from './pauses';
import { SAMPLE_RATE, Settings } from './settings';
import { Spoken } from './spoken';

const SENTENCE_ENDS: string = '.?!';
const CLAUSE_ENDS: string = ',;:-';
/** Samples of pause that cut: 0.25 s at the end of a sentence, 0.5 s within one. */
const SENTENCE_PAUSE: i32 = SAMPLE_RATE / 4;
const LONG_PAUSE: i32 = SAMPLE_RATE / 2;
/** Samples that each part of a segment keeps when a long one is cut: 1 s. */
const LEAST_PART: i32 = SAMPLE_RATE;
/** Tokens heard on the wrong side of a pause, up to which it is believed. */
const MOST_MISHEARD: i32 = 3;
/** Samples of a pause within which the word before it may still be heard: 0.1 s. */
const PAUSE_BEGUN: i32 = SAMPLE_RATE / 10;
/** What a place between words is worth; being off by all of the segment's length costs 4. */
const PAUSE: f64 = 2;
const SENTENCE: f64 = 3;
const CLAUSE: f64 = 1.5;
/** Samples from a frame's beginning to the middle of what the encoder sees of the sound there. */
const FRAME_MIDDLE: i32 = 448;

/** A place between two words. */
class Cut {
  constructor(
    /** The first token behind it. */
    public token: i32,
    /** Where the words before it end and those behind it start; a span of nothing without a pause. */
    public pause: Span,
    /** How good a place it is: 0 in the middle of a clause. */
    public worth: f64,
  ) {}
}

/** Segments of a piece that starts `start` seconds into the sound. */
export function cutSegments(spoken: Spoken, sounding: Sounding, start: f64, settings: Settings): Segment[] {
  const cuts = new Cutter(spoken, sounding, settings).cuts();
  const segments: Segment[] = [];
  for (let i = 1; i < cuts.length; i++) {
    const from = cuts[i - 1].token;
    const to = cuts[i].token;
    const text = spoken.text(from, to);
    if (text.length == 0) continue;
    const begins = start + <f64>cuts[i - 1].pause.end / SAMPLE_RATE;
    const ends = start + <f64>cuts[i].pause.start / SAMPLE_RATE;
    segments.push(new Segment(text, begins, ends, spoken.tokens.slice(from, to), spoken.average(from, to)));
  }
  return segments;
}

class Cutter {
  /** The sample at which each token was heard. */
  private heard: i32[] = [];
  private longest: i32;

  constructor(
    private spoken: Spoken,
    private sounding: Sounding,
    private settings: Settings,
  ) {
    this.longest = <i32>(settings.longestSegment * SAMPLE_RATE);
  }

  /** All cuts in their order, the two ends of the piece among them. */
  cuts(): Cut[] {
    const whole = this.sounding.whole;
    const first = new Cut(0, new Span(whole.start, whole.start), 0);
    const last = new Cut(this.spoken.length, new Span(whole.end, whole.end), 0);
    // Most clips are one sentence, and need not be asked where each of their words was heard.
    if (!this.mayBeCut()) return [first, last];

    const frames = this.spoken.whereHeard();
    for (let i = 0; i < this.spoken.length; i++) {
      this.heard.push(frames[i] * this.settings.frameSamples + FRAME_MIDDLE);
    }
    const pauses = this.pauses();
    const cuts: Cut[] = [first];
    for (let i = 0; i < pauses.length; i++) {
      const sentence = this.spoken.endsWith(pauses[i].token - 1, SENTENCE_ENDS);
      const least = sentence ? SENTENCE_PAUSE : LONG_PAUSE;
      if (pauses[i].pause.length < least) continue;
      this.divide(cuts[cuts.length - 1], pauses[i], pauses, cuts);
      cuts.push(pauses[i]);
    }
    this.divide(cuts[cuts.length - 1], last, pauses, cuts);
    cuts.push(last);
    return cuts;
  }

  private mayBeCut(): bool {
    if (this.sounding.whole.length > this.longest) return true;
    const pauses = this.sounding.pauses;
    for (let i = 0; i < pauses.length; i++) if (pauses[i].length >= SENTENCE_PAUSE) return true;
    return false;
  }

  /** Each pause with the word that follows it; pauses between the same two words are one. */
  private pauses(): Cut[] {
    const pauses = this.sounding.pauses;
    const found: Cut[] = [];
    for (let i = 0; i < pauses.length; i++) {
      const token = this.wordAfter(pauses[i].start + PAUSE_BEGUN);
      if (token < 0) continue;
      const before: Cut | null = found.length > 0 ? found[found.length - 1] : null;
      if (before && before.token == token) before.pause.end = pauses[i].end;
      else if (!before || before.token < token)
        found.push(new Cut(token, pauses[i], PAUSE + this.worthOf(token)));
    }
    return found;
  }

  /**
   * The first token behind a moment: with it, the fewest tokens are on the side on which they were not heard.
   * Marks do not count, since the decoder listens to the pause itself for a full stop, but they tell as well
   * that there is one. -1 if it is hard to say.
   */
  private wordAfter(moment: i32): i32 {
    let misheard = 0;
    for (let i = 0; i < this.spoken.length; i++) {
      if (!this.spoken.isMark(i) && this.heard[i] < moment) misheard++;
    }
    let best = -1;
    let least: f64 = MOST_MISHEARD + 1;
    for (let i = 1; i < this.spoken.length; i++) {
      if (!this.spoken.isMark(i - 1)) misheard += this.heard[i - 1] < moment ? -1 : 1;
      if (!this.spoken.startsWord(i) || misheard > MOST_MISHEARD) continue;
      const doubt = misheard - this.worthOf(i) / 2;
      if (doubt < least) {
        least = doubt;
        best = i;
      }
    }
    return best;
  }

  /** Adds cuts between two others until no segment is too long, or none can be cut. */
  private divide(from: Cut, to: Cut, pauses: Cut[], cuts: Cut[]): void {
    if (to.pause.start - from.pause.end <= this.longest) return;
    const cut = this.bestBetween(from, to, pauses);
    if (!cut) return;
    this.divide(from, cut, pauses, cuts);
    cuts.push(cut);
    this.divide(cut, to, pauses, cuts);
  }

  /** The best place that leaves something on both sides: worth much and near the middle. */
  private bestBetween(from: Cut, to: Cut, pauses: Cut[]): Cut | null {
    const start = from.pause.end;
    const length = to.pause.start - start;
    let best: Cut | null = null;
    let most = -Infinity;
    for (let token = from.token + 1, next = 0; token < to.token; token++) {
      if (!this.spoken.startsWord(token)) continue;
      while (next < pauses.length && pauses[next].token < token) next++;
      const pause: Cut | null = next < pauses.length && pauses[next].token == token ? pauses[next] : null;
      const cut = pause ? pause : this.between(token);
      const before = cut.pause.start - start;
      const behind = to.pause.start - cut.pause.end;
      if (before < LEAST_PART || behind < LEAST_PART) continue;
      const worth = cut.worth - 4 * Math.abs(<f64>(before - behind) / length);
      if (worth > most) {
        most = worth;
        best = cut;
      }
    }
    return best;
  }

  /** A cut without a pause, half way from where one word was heard to where the next one was. */
  private between(token: i32): Cut {
    const moment = (this.heard[token - 1] + this.heard[token]) / 2;
    return new Cut(token, new Span(moment, moment), this.worthOf(token));
  }

  private worthOf(token: i32): f64 {
    if (this.spoken.endsWith(token - 1, SENTENCE_ENDS)) return SENTENCE;
    return this.spoken.endsWith(token - 1, CLAUSE_ENDS) ? CLAUSE : 0;
  }
}
