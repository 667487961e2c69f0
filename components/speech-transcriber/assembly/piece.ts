/** One piece of sound to text. */
import { FailureKind, LogLevel, fail, failed, log, readSound, reportProgress } from '../../sdk/assembly';
import { Segment } from '../../sdk/assembly/worlds/speech-transcription';
import { largest, logProbability } from './logits';
import { Moonshine } from './moonshine';
import { findPauses, quietestSample } from './pauses';
import { PieceText } from './piece-text';
import { Repetition, movesOn } from './repetition';
import { cutSegments } from './segments';
import { SAMPLE_RATE, Settings } from './settings';
import { Spoken } from './spoken';
import { TurnText } from './turn-text';
import { Vocabulary } from './vocabulary';
import { VoiceDetector } from './voice';
import { Watch } from './watch';

/** Samples that the encoder's convolutions need at least, rounded up to 0.1 s: zeros fill the rest. */
const LEAST_SAMPLES: i32 = 1600;
/** Samples after the last word before a loop in which the rest is cut off: 0.5 s. */
const WORD_END: i32 = SAMPLE_RATE / 2;
/** The part of the longest piece from which on a turn may soon be cut while somebody speaks. */
const MAY_BE_CUT: f64 = 0.5;
/** A rest that is shorter is not worth another try: 1 s. */
const LEAST_REST: i32 = SAMPLE_RATE;

/** What a piece gave. */
export class Piece {
  constructor(
    public text: string,
    public segments: Segment[],
    /** The sample up to which the sound is done. */
    public end: u64,
  ) {}
}

export class PieceTranscriber {
  /** The sample up to which the last sound was understood: before its end where the decoder ran into a loop. */
  done: u64 = 0;
  /** Asked before each run whether to go on. */
  private watch: Watch | null = null;
  private abandoned: bool = false;

  private constructor(
    private settings: Settings,
    private model: Moonshine,
    public detector: VoiceDetector,
    private vocabulary: Vocabulary,
  ) {}

  static open(settings: Settings): PieceTranscriber | null {
    const vocabulary = Vocabulary.read(settings.vocabulary);
    const model = Moonshine.open(settings);
    const detector = VoiceDetector.open(settings.vad, settings.speechThreshold);
    if (!vocabulary || !model || !detector) return null;
    return new PieceTranscriber(settings, model, detector, vocabulary);
  }

  /**
   * The speech from `start` to before `end`, its text told as it comes, after `separator`. Nothing where nobody
   * speaks, since the model would make words up. Where the decoder runs into a loop, what it repeats is left out,
   * and the piece ends after the last word before: what follows is for the next one. Null after a failure.
   */
  transcribe(start: u64, end: u64, separator: string): Piece | null {
    const whole = readSound(start, <u32>(end - start));
    const speech = this.detector.startOfSpeech(whole);
    if (failed()) return null;
    if (speech < 0) return new Piece('', [], end);
    // Seconds of silence at the beginning make the model give nothing at all.
    const samples = whole.subarray(speech);
    const seconds = <f64>(start + speech) / SAMPLE_RATE;

    const spoken = new Spoken(this.vocabulary);
    const telling = new Telling(spoken, separator, seconds);
    // The model sometimes takes a piece for over before it has begun; somebody was heard to speak.
    const looped = this.decode(samples, this.detector.canJudge(whole), spoken, telling);
    if (failed()) return null;
    telling.end();
    const sounding = findPauses(samples);
    const rest = looped ? this.restAfter(samples, spoken) : samples.length;
    if (looped)
      log(LogLevel.Info, 'transcriber', `a loop of the decoder was cut off ${seconds} s into the sound`);
    sounding.endBefore(rest);
    const segments = cutSegments(spoken, sounding, seconds, this.settings);
    spoken.finish();
    return new Piece(telling.text, segments, start + speech + rest);
  }

  /**
   * The text from `start` to before `end`, which begins with the stable words of the turn. Null after a failure,
   * and where `watch` did not let it go on.
   */
  understand(start: u64, end: u64, turn: TurnText, watch: Watch | null = null): Spoken | null {
    const samples = readSound(start, <u32>(end - start));
    const spoken = new Spoken(this.vocabulary);
    this.watch = watch;
    this.abandoned = false;
    const looped = this.decode(samples, true, spoken, null, turn);
    this.watch = null;
    if (this.abandoned) {
      spoken.finish();
      return null;
    }
    this.done = looped && spoken.length > 0 ? start + this.restAfter(samples, spoken) : end;
    // Where the turn may have to be cut, it matters where its words are.
    if (samples.length >= <i32>(this.settings.longestPiece * MAY_BE_CUT * SAMPLE_RATE)) spoken.whereHeard();
    spoken.finish();
    return failed() ? null : spoken;
  }

  /** Decodes until the end or into a loop, which is taken back; whether there was one. */
  private decode(
    samples: Float32Array,
    spokenTo: bool,
    spoken: Spoken,
    telling: Telling | null = null,
    turn: TurnText | null = null,
  ): bool {
    const limit = <i32>Math.ceil((<f64>samples.length / SAMPLE_RATE) * this.settings.tokensPerSecond);
    const repetition = new Repetition();
    let looped = false;
    const heard = this.model.hear(padded(samples));
    let logits = heard ? this.resume(spoken, repetition, turn) : null;
    const said = spoken.length;
    if (logits && spokenTo && said == 0) logits[this.settings.endToken] = -Infinity;
    while (logits && spoken.length < limit) {
      const token = largest(logits);
      if (token < 0) {
        fail(FailureKind.Internal, 'the decoder gave no usable number for any token');
        break;
      }
      if (token == this.settings.endToken) break;
      // Not before: what is taken from the model is not dropped with it.
      const frame = this.model.takeFrame();
      if (!frame) break;
      spoken.add(token, logProbability(logits, token), frame);
      repetition.push(token, spoken.hasLetter(spoken.length - 1));
      const repeated = repetition.suspicious;
      if (repeated > 0) {
        looped = !movesOn(spoken.whereHeard(), repeated);
        if (looped) {
          spoken.takeBack(min(repeated, spoken.length - said));
          break;
        }
        if (telling) telling.tell(spoken.length);
      }
      if (telling) telling.tell(spoken.length - repetition.length);
      logits = this.goesOn() ? this.model.next(token) : null;
    }
    this.model.finish();
    return looped;
  }

  /** The logits that follow what is stable already, which takes its steps; null if there are none. */
  private resume(spoken: Spoken, repetition: Repetition, turn: TurnText | null): Float32Array | null {
    const stable = turn ? turn.tokens.length : 0;
    let logits = this.goesOn() ? this.model.first(stable == 0) : null;
    for (let i = 0; logits && i < stable; i++) {
      const frame = this.model.takeFrame();
      if (!frame) return null;
      spoken.add(turn!.tokens[i], turn!.logProbabilities[i], frame);
      repetition.push(turn!.tokens[i], spoken.hasLetter(i));
      logits = this.goesOn() ? this.model.next(turn!.tokens[i], i == stable - 1) : null;
    }
    return logits;
  }

  private goesOn(): bool {
    const watch = this.watch;
    if (watch && !watch.goesOn()) this.abandoned = true;
    return !this.abandoned;
  }

  /** The sample after the last word that was said before a loop; that of the end if there is little left. */
  private restAfter(samples: Float32Array, spoken: Spoken): i32 {
    const heard = spoken.whereHeard()[spoken.length - 1] * this.settings.frameSamples;
    const end = samples.length;
    if (heard + WORD_END + LEAST_REST > end) return end;
    const rest = quietestSample(samples, heard, heard + WORD_END);
    return rest < WORD_END ? end : rest;
  }
}

/** Tells text as it comes, and holds back what may turn out to be a loop's. */
class Telling {
  private decoded: PieceText = new PieceText();
  private told: i32 = 0;

  constructor(
    private spoken: Spoken,
    private separator: string,
    private seconds: f64,
  ) {}

  get text(): string {
    return this.decoded.text;
  }

  /** Tells the first `count` tokens, as far as they have not been told. */
  tell(count: i32): void {
    for (; this.told < count; this.told++) this.report(this.decoded.push(this.spoken.bytesOf(this.told)));
  }

  end(): void {
    this.tell(this.spoken.length);
    this.report(this.decoded.end());
  }

  /** The first text of a piece has the separator before it. */
  private report(added: string): void {
    if (added.length == 0) return;
    const first = added.length == this.text.length;
    reportProgress(first ? this.separator + added : added, this.seconds);
  }
}

function padded(samples: Float32Array): Float32Array {
  if (samples.length >= LEAST_SAMPLES) return samples;
  const enough = new Float32Array(LEAST_SAMPLES);
  enough.set(samples);
  return enough;
}
