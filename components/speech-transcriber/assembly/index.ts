/** The reference transcriber: Moonshine, with Silero's detector to cut long sound at silences. */
import {
  FailureKind,
  LogLevel,
  fail,
  failed,
  isLive,
  log,
  reportProgress,
  soundLength,
} from '../../sdk/assembly';
import {
  AudioInput,
  Segment,
  SpeechTranscriber,
  TranscribeOptions,
  Transcript,
  serveSpeechTranscriber,
} from '../../sdk/assembly/worlds/speech-transcription';
import { endOfPiece } from './cutter';
import { LiveTranscriber } from './live';
import { SAMPLE_RATE, Settings, readSettings } from './settings';
import { PieceTranscriber } from './piece';

export { cabi_realloc, describe, transcribe } from '../../sdk/assembly/worlds/speech-transcription';

class ReferenceTranscriber extends SpeechTranscriber {
  describe(): AudioInput | null {
    const settings = readSettings();
    if (!settings) return null;
    return new AudioInput(SAMPLE_RATE, <f32>settings.longestPiece, [settings.language], false);
  }

  transcribe(options: TranscribeOptions): Transcript | null {
    const settings = readSettings();
    if (!settings || !canDo(options, settings)) return null;
    if (isLive()) return live(settings);
    const length = soundLength();
    if (length == 0) {
      fail(FailureKind.InvalidInput, 'the sound is empty');
      return null;
    }
    const pieces = PieceTranscriber.open(settings);
    if (!pieces) return null;

    const segments: Segment[] = [];
    let text = '';
    for (let start: u64 = 0; start < length;) {
      const end = endOfPiece(start, length, settings, pieces.detector);
      if (failed()) return null;
      const piece = pieces.transcribe(start, end, text.length == 0 ? '' : ' ');
      if (!piece) return null;
      if (piece.text.length > 0) text += text.length == 0 ? piece.text : ` ${piece.text}`;
      for (let i = 0; i < piece.segments.length; i++) segments.push(piece.segments[i]);
      reportProgress('', <f64>piece.end / SAMPLE_RATE);
      start = piece.end;
    }
    return new Transcript(text, settings.language, segments);
  }
}

/** Everything is settled while it comes: nothing is left to return. */
function live(settings: Settings): Transcript | null {
  const pieces = PieceTranscriber.open(settings);
  if (!pieces || !new LiveTranscriber(settings, pieces).run()) return null;
  return new Transcript('', settings.language, []);
}

/** Whether the model can do what is asked; a failure says what it cannot. */
function canDo(options: TranscribeOptions, settings: Settings): bool {
  const language = options.language;
  if (language && language != settings.language) {
    fail(FailureKind.Unsupported, `this model knows the language "${settings.language}", not "${language}"`);
  }
  if (options.temperature > 0) {
    fail(FailureKind.Unsupported, 'this model decodes greedily: its temperature is 0');
  }
  if (options.wordTimestamps) fail(FailureKind.Unsupported, 'this model gives no times of single words');
  if (options.prompt) log(LogLevel.Debug, 'transcriber', 'the prompt is ignored: this model takes none');
  return !failed();
}

serveSpeechTranscriber(new ReferenceTranscriber());
