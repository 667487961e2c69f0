/** One piece of sound to one segment of text. */
import { FailureKind, LogLevel, fail, log, readSound, reportProgress } from '../../sdk/assembly';
import { Segment } from '../../sdk/assembly/worlds/speech-transcription';
import { largest, logProbability } from './logits';
import { Moonshine } from './moonshine';
import { PieceText } from './piece-text';
import { endsInLoop } from './repetition';
import { SAMPLE_RATE, Settings } from './settings';
import { Vocabulary } from './vocabulary';
import { VoiceDetector } from './voice';

/** Samples that the encoder's convolutions need at least, rounded up to 0.1 s: zeros fill the rest. */
const LEAST_SAMPLES: i32 = 1600;

export class PieceTranscriber {
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
   * The segment of the speech from `start` to before `end`, its text told as it comes, after
   * `separator`. Null where nobody speaks, since the model would make words up, and after a failure.
   */
  transcribe(start: u64, end: u64, separator: string): Segment | null {
    const whole = readSound(start, <u32>(end - start));
    const speech = this.detector.startOfSpeech(whole);
    if (speech < 0) return null;
    // Seconds of silence at the beginning make the model give nothing at all.
    const samples = whole.subarray(speech);

    const startSeconds = <f64>(start + speech) / SAMPLE_RATE;
    const limit = <i32>Math.ceil((<f64>samples.length / SAMPLE_RATE) * this.settings.tokensPerSecond);
    const text = new PieceText(this.vocabulary);
    const tokens: u32[] = [];
    let sum: f64 = 0;
    let logits = this.model.first(padded(samples));
    // The model sometimes takes a piece for over before it has begun; somebody was heard to speak.
    if (logits && this.detector.canJudge(whole)) logits[this.settings.endToken] = -Infinity;
    while (logits && tokens.length < limit) {
      const token = largest(logits);
      if (token < 0) {
        fail(FailureKind.Internal, 'the decoder gave no usable number for any token');
        return null;
      }
      sum += logProbability(logits, token);
      if (token == this.settings.endToken) break;
      tokens.push(token);
      tell(text.push(token), text, separator, startSeconds);
      if (endsInLoop(tokens)) {
        log(LogLevel.Warn, 'transcriber', `the decoder ran into a loop ${startSeconds} s into the sound`);
        break;
      }
      logits = this.model.next(token);
    }
    if (!logits) return null;
    this.model.finish();
    tell(text.end(), text, separator, startSeconds);
    const average = <f32>(sum / max(1, tokens.length));
    return new Segment(text.text, startSeconds, <f64>end / SAMPLE_RATE, tokens, average);
  }
}

/** Passes new text on; the first of a piece with the separator before it. */
function tell(added: string, text: PieceText, separator: string, seconds: f64): void {
  if (added.length == 0) return;
  reportProgress(added.length == text.text.length ? separator + added : added, seconds);
}

function padded(samples: Float32Array): Float32Array {
  if (samples.length >= LEAST_SAMPLES) return samples;
  const enough = new Float32Array(LEAST_SAMPLES);
  enough.set(samples);
  return enough;
}
