/** A transcriber for Moonshine: the encoder once a piece of sound, then the decoder once a token, always the likeliest. */
import {
  Context,
  FailureKind,
  Inputs,
  Tensor,
  TensorType,
  configText,
  fail,
  failed,
  openGraph,
  readAsset,
  readSound,
  reportProgress,
  soundLength,
} from 'sandpiper/sdk';
import {
  AudioInput,
  Segment,
  SpeechTranscriber,
  TranscribeOptions,
  Transcript,
  serveSpeechTranscriber,
} from 'sandpiper/sdk/worlds/speech-transcription';

export { cabi_realloc, describe, transcribe } from 'sandpiper/sdk/worlds/speech-transcription';

const SAMPLE_RATE: i32 = 16_000;
/** Seconds that the encoder takes; longer sound is cut, wherever that falls. */
const LONGEST_PIECE: i32 = 30;
/** More than anyone speaks. */
const TOKENS_PER_SECOND: f64 = 6.5;
const START_TOKEN: u32 = 1;
const END_TOKEN: u32 = 2;

/** The decoder's cache before the first token: a key and a value a layer, heads, no tokens, numbers of each. */
const EMPTY_CACHE: u32[] = [12, 8, 0, 36];

class Decoded {
  tokens: u32[] = [];
  averageLogProbability: f32 = 0;
}

class Transcriber extends SpeechTranscriber {
  describe(): AudioInput | null {
    return new AudioInput(SAMPLE_RATE, <f32>LONGEST_PIECE, [configText('language', 'en')], false);
  }

  transcribe(options: TranscribeOptions): Transcript | null {
    const language = configText('language', 'en');
    const wanted = options.language;
    if (wanted && wanted != language)
      fail(FailureKind.Unsupported, `this model knows the language "${language}"`);
    if (options.wordTimestamps) fail(FailureKind.Unsupported, 'this model gives no times of single words');
    if (options.temperature > 0)
      fail(FailureKind.Unsupported, 'this model decodes greedily: its temperature is 0');
    const length = soundLength();
    if (length == 0) fail(FailureKind.InvalidInput, 'the sound is empty');
    if (failed()) return null;

    const encoder = openGraph('encoder');
    const decoder = openGraph('decoder');
    const vocabulary = readVocabulary();
    if (!encoder || !decoder || !vocabulary) return null;
    const segments: Segment[] = [];
    let whole = '';
    for (let from: u64 = 0; from < length; from += LONGEST_PIECE * SAMPLE_RATE) {
      const samples = readSound(from, LONGEST_PIECE * SAMPLE_RATE);
      const decoded = decode(samples, encoder, decoder);
      if (!decoded) return null;
      const text = textOf(decoded.tokens, vocabulary);
      const more = segments.length == 0 ? text : ` ${text}`;
      const start = <f64>from / SAMPLE_RATE;
      const end = start + <f64>samples.length / SAMPLE_RATE;
      reportProgress(more, end);
      whole += more;
      segments.push(new Segment(text, start, end, decoded.tokens, decoded.averageLogProbability));
    }
    return new Transcript(whole, language, segments);
  }
}

/** The tokens of one piece of sound; null, with a failure, if a run fails. */
function decode(samples: Float32Array, encoder: Context, decoder: Context): Decoded | null {
  const sound = Tensor.of(TensorType.FP32, [1, samples.length], samples);
  const heard = encoder.compute(new Inputs().set('input_values', sound));
  if (!heard) return null;
  // Every step of the decoder takes the encoder's outputs: they stay with the host.
  decoder.keepAll(heard);

  const decoded = new Decoded();
  let logarithms: f64 = 0;
  const most = <i32>Math.ceil((<f64>samples.length / SAMPLE_RATE) * TOKENS_PER_SECOND);
  let past = Tensor.of(TensorType.FP32, EMPTY_CACHE, new Float32Array(0));
  for (let token = START_TOKEN; decoded.tokens.length <= most;) {
    const outputs = decoder.compute(new Inputs().set('input_ids', idOf(token)).set('past', past));
    const output = outputs ? outputs.take('logits') : null;
    const present = outputs ? outputs.take('present') : null;
    const logits = output ? output.floats() : null;
    if (!outputs || !output || !present || !logits) return null;
    output.drop();
    outputs.drop();
    past = present;
    token = largest(logits);
    if (token == END_TOKEN) break;
    decoded.tokens.push(token);
    logarithms -= logSumOver(logits, logits[token]);
  }
  if (decoded.tokens.length > 0) decoded.averageLogProbability = <f32>(logarithms / decoded.tokens.length);
  return decoded;
}

function idOf(token: u32): Tensor {
  const ids = new Int64Array(1);
  ids[0] = token;
  return Tensor.of(TensorType.I64, [1, 1], ids);
}

function largest(values: Float32Array): u32 {
  let place = 0;
  for (let i = 1; i < values.length; i++) if (unchecked(values[i] > values[place])) place = i;
  return place;
}

function logSumOver(values: Float32Array, peak: f32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(unchecked(values[i]) - peak);
  return Math.log(sum);
}

/** The vocabulary's lines, token by token. */
function readVocabulary(): string[] | null {
  const asset = readAsset('vocabulary.txt');
  return asset ? String.UTF8.decode(asset.buffer).split('\n') : null;
}

/** `▁` is a space, `<0x41>` a byte, any other in angle brackets a mark without text. */
function textOf(tokens: u32[], vocabulary: string[]): string {
  const bytes: u8[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const line = vocabulary[tokens[i]];
    if (line.length == 6 && line.startsWith('<0x')) bytes.push(<u8>parseInt(line.substring(3, 5), 16));
    else if (!(line.startsWith('<') && line.endsWith('>'))) {
      const utf8 = Uint8Array.wrap(String.UTF8.encode(line.replaceAll('▁', ' ')));
      for (let at = 0; at < utf8.length; at++) bytes.push(utf8[at]);
    }
  }
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length).trim();
}

serveSpeechTranscriber(new Transcriber());
