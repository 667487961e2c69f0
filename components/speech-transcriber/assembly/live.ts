/**
 * A sound that is still being spoken, to its text.
 *
 * Voice activity first: nothing is decoded while nobody speaks. From the first word on the turn is decoded again as it
 * grows, each half second, and less often where that takes long. The detector goes on hearing meanwhile, and a round is
 * given up where a pause has come that it does not reach: the turn is then understood to its end, before the rounds of
 * other speakers. A turn ends where nobody speaks for a while, or where the client says so; the next one begins at the
 * very sample at which it ends, so that nothing is lost and nothing heard twice. Of the sound only the turn and a little
 * before it are kept.
 */
import {
  SoundState,
  failed,
  giveWay,
  readSound,
  releaseSound,
  settleTurn,
  speechStarted,
  speechStopped,
  waitForSound,
} from '../../sdk/assembly';
import { PieceTranscriber } from './piece';
import { SAMPLE_RATE, Settings } from './settings';
import { Spoken } from './spoken';
import { Turn } from './turn';
import { TurnEnds } from './turn-ends';
import { TurnText } from './turn-text';
import { FRAME } from './voice';
import { Watch } from './watch';

/** Frames of speech in a row that begin a turn: about 0.1 s. */
const CERTAIN_FRAMES: i32 = 3;
/** Samples from the frame in which a word is heard to behind it: 0.4 s. */
const WORD_END: u64 = (2 * SAMPLE_RATE) / 5;
/** Samples after which those that are not needed are released: 1 s. */
const RELEASE_STEP: u64 = SAMPLE_RATE;

export class LiveTranscriber implements Watch {
  private ends: TurnEnds;
  /** Samples that the detector has heard. */
  private heard: u64 = 0;
  /** The first sample that belongs to no turn yet. */
  private from: u64 = 0;
  private released: u64 = 0;
  private speechFrames: i32 = 0;
  private turn: Turn | null = null;
  /** The sample up to which the turn is being understood. */
  private roundEnd: u64 = 0;
  private frameSamples: u64;

  constructor(
    settings: Settings,
    private pieces: PieceTranscriber,
  ) {
    this.ends = new TurnEnds(settings);
    this.frameSamples = settings.frameSamples;
  }

  /** Until no more comes; false after a failure. */
  run(): bool {
    let over = false;
    while (!over && !failed()) {
      const extent = waitForSound(this.heard + FRAME - 1);
      if (!this.hear(extent.length)) return false;
      const turn = this.turn;
      if (turn && turn.end > 0) this.settle(turn.end);
      else if (extent.state != SoundState.Open) {
        over = extent.state == SoundState.Over;
        if (turn || !over) this.settle(extent.length);
        this.heard = extent.length;
      } else if (turn && turn.isDue(this.heard)) this.round(turn);
      this.release();
    }
    return !failed();
  }

  /** Whether the round goes on: not where a pause has come that it does not reach. */
  goesOn(): bool {
    const turn = this.turn!;
    const extent = waitForSound(0);
    if (this.heard + FRAME <= extent.length) {
      giveWay(false);
      if (!this.hear(extent.length)) return false;
      giveWay(!turn.pauses);
    }
    if (!turn.pauses && extent.state == SoundState.Open) return true;
    return turn.cutInSpeech == 0 && turn.isAllBefore(this.roundEnd);
  }

  /** Hears all frames before a sample, up to one with which the turn ends. False after a failure. */
  private hear(length: u64): bool {
    while (this.heard + FRAME <= length) {
      const turn = this.turn;
      if (turn && turn.end > 0) return true;
      if (!this.hearFrame()) return false;
    }
    return true;
  }

  /** Hears the next frame; a turn may begin or end with it. False after a failure. */
  private hearFrame(): bool {
    const probability = this.pieces.detector.next(readSound(this.heard, FRAME));
    if (isNaN(probability)) return false;
    this.heard += FRAME;
    const turn = this.turn;
    if (!turn) {
      this.speechFrames = probability >= this.ends.threshold ? this.speechFrames + 1 : 0;
      if (this.speechFrames == CERTAIN_FRAMES)
        this.begin(max(this.from, this.heard - min(this.heard, this.lead)));
      return true;
    }
    turn.hear(probability, this.ends.stillSpeaking);
    turn.end = this.ends.endOf(turn);
    return true;
  }

  /** Samples before the moment in which speech is certain that belong to the turn. */
  private get lead(): u64 {
    return <u64>(CERTAIN_FRAMES * FRAME) + this.ends.prefix;
  }

  private begin(start: u64): void {
    this.speechFrames = 0;
    this.turn = new Turn(start, this.heard);
    speechStarted(start);
  }

  /** Understands what there is of the turn so far. */
  private round(turn: Turn): void {
    const end = this.heard;
    this.roundEnd = end;
    giveWay(!turn.pauses);
    const spoken = this.pieces.understand(turn.start, end, turn.text, this);
    giveWay(false);
    if (!spoken) return;
    turn.keep(this.pieces.done == end ? spoken : null, end);
    turn.text.add(spoken);
    const frame = spoken.frameOf(turn.text.tokens.length - 1);
    if (frame >= 0) turn.stableEnd = turn.start + <u64>frame * this.frameSamples + WORD_END;
    // What has come meanwhile tells how long that took.
    turn.takeTime(waitForSound(0).length - end);
  }

  /** The turn, if there is one, ends at a sample, and so does all that was before it. */
  private settle(end: u64): void {
    const turn = this.turn;
    const start = turn ? turn.start : this.from;
    this.turn = null;
    this.from = end;
    this.ends.look();
    if (!turn) return settleTurn('', start, end, [], 0);
    speechStopped(min(end, turn.lastSpeech));
    const last = turn.understood(end);
    if (last) this.tell(last, start, end);
    else this.understand(start, end, turn.text);
    // The speech that was cut goes on.
    if (end == turn.cutInSpeech) this.begin(end);
  }

  /** Where the decoder runs into a loop the rest is a turn of its own. */
  private understand(from: u64, end: u64, text: TurnText): void {
    for (let start = from; start < end;) {
      const spoken = this.pieces.understand(start, end, start == from ? text : new TurnText());
      if (!spoken) return;
      const done = this.pieces.done > start ? min(end, this.pieces.done) : end;
      this.tell(spoken, start, done);
      start = done;
    }
  }

  private tell(spoken: Spoken, start: u64, end: u64): void {
    settleTurn(spoken.text(0, spoken.length), start, end, spoken.tokens, spoken.average(0, spoken.length));
  }

  private release(): void {
    const turn = this.turn;
    if (!turn && this.heard > this.lead) this.from = max(this.from, this.heard - this.lead);
    const needed = turn ? turn.start : this.from;
    if (needed < this.released + RELEASE_STEP) return;
    this.released = needed;
    releaseSound(needed);
  }
}
