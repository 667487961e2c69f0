/** A transcriber for Moonshine: the encoder once a piece of sound, then the decoder once a token, always the likeliest. */
import {
  Context,
  FailureKind,
  Inputs,
  Outputs,
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

/** The shape of the decoder's cache: a key and a value a layer. */
const LAYERS: i32 = 6;
const HEADS: u32 = 8;
const HEAD_SIZE: u32 = 36;

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
  const hidden = heard ? heard.take('') : null;
  if (!hidden) return null;

  // What every step takes stays with the host; the half of the cache that is about the sound comes of the first step.
  decoder.keep('encoder_hidden_states', hidden);
  decoder.keep('use_cache_branch', flag(0));
  const growing = cacheNames('decoder');
  const fixed = cacheNames('encoder');
  let inputs = tokenInput(START_TOKEN);
  for (let i = 0; i < fixed.length; i++) {
    decoder.keep(`past_key_values.${fixed[i]}`, emptyCache());
    inputs.set(`past_key_values.${growing[i]}`, emptyCache());
  }

  const decoded = new Decoded();
  let logarithms: f64 = 0;
  const most = Math.ceil((<f64>samples.length / SAMPLE_RATE) * TOKENS_PER_SECOND);
  for (let first = true; decoded.tokens.length <= <i32>most; first = false) {
    const outputs = decoder.compute(inputs);
    const output = outputs ? outputs.take('logits') : null;
    const logits = output ? output.floats() : null;
    if (!outputs || !output || !logits) return null;
    output.drop();
    const token = largest(logits);
    if (token == END_TOKEN) break;
    decoded.tokens.push(token);
    logarithms -= logSumOver(logits, logits[token]);
    inputs = tokenInput(token);
    if (!pass(outputs, growing, inputs)) return null;
    if (first && !keepAll(outputs, fixed, decoder)) return null;
    outputs.drop();
  }
  if (decoded.tokens.length > 0) decoded.averageLogProbability = <f32>(logarithms / decoded.tokens.length);
  return decoded;
}

/** The cache of this step for the next one. */
function pass(outputs: Outputs, names: string[], inputs: Inputs): bool {
  for (let i = 0; i < names.length; i++) {
    const tensor = outputs.take(`present.${names[i]}`);
    if (!tensor) return false;
    inputs.set(`past_key_values.${names[i]}`, tensor);
  }
  return true;
}

/** The cache of this step for all later ones. */
function keepAll(outputs: Outputs, names: string[], decoder: Context): bool {
  for (let i = 0; i < names.length; i++) {
    const tensor = outputs.take(`present.${names[i]}`);
    if (!tensor) return false;
    decoder.keep(`past_key_values.${names[i]}`, tensor);
  }
  decoder.keep('use_cache_branch', flag(1));
  return true;
}

function cacheNames(half: string): string[] {
  const names: string[] = [];
  for (let layer = 0; layer < LAYERS; layer++)
    (names.push(`${layer}.${half}.key`), names.push(`${layer}.${half}.value`));
  return names;
}

function tokenInput(token: u32): Inputs {
  const ids = new Int64Array(1);
  ids[0] = token;
  return new Inputs().set('input_ids', Tensor.of(TensorType.I64, [1, 1], ids));
}

function emptyCache(): Tensor {
  return Tensor.of(TensorType.FP32, [0, HEADS, 1, HEAD_SIZE], new Float32Array(0));
}

function flag(value: u8): Tensor {
  const byte = new Uint8Array(1);
  byte[0] = value;
  return Tensor.of(TensorType.U8, [1], byte);
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
