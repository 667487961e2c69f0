// A transcriber for Moonshine: sound to the encoder once a piece, then the decoder once a token, always the likeliest.
import { read as readAsset } from 'sandpiper:inference/assets@0.1.0';
import { bind } from 'sandpiper:inference/bound-inputs@0.1.0';
import { report } from 'sandpiper:inference/progress@0.1.0';
import { length as soundLength, read as readSound } from 'sandpiper:inference/sound@0.1.0';
import { getAll } from 'wasi:config/store@0.2.0-rc.1';
import { loadByName } from 'wasi:nn/graph@0.2.0-rc-2024-10-28';
import { Tensor } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';

const SAMPLE_RATE = 16_000;
/** Seconds that the encoder takes; longer sound is cut, wherever that falls. */
const LONGEST_PIECE = 30;
/** More than anyone speaks. */
const TOKENS_PER_SECOND = 6.5;
const START_TOKEN = 1;
const END_TOKEN = 2;

/** The decoder's cache before the first token: a key and a value a layer, heads, no tokens, numbers of each. */
const EMPTY_CACHE = [12, 8, 0, 36];

/** The error branch of a result: whatever is thrown with a `payload`. */
class Refusal extends Error {
  constructor(tag, val) {
    super(tag);
    this.payload = { tag, val };
  }
}

/** Makes an error of wasi:nn a failure of this component. */
function orRefuse(call) {
  try {
    return call();
  } catch (error) {
    const { payload } = error;
    if (error instanceof Refusal || typeof payload?.code !== 'function') throw error;
    throw new Refusal('inference', { code: payload.code(), message: payload.data() });
  }
}

function language() {
  return new Map(getAll()).get('language') ?? 'en';
}

const openGraph = (name) => loadByName(name).initExecutionContext();

function tensor(dimensions, type, elements) {
  return new Tensor(Uint32Array.from(dimensions), type, new Uint8Array(elements.buffer));
}

/** The tokens of one piece of sound, and the mean logarithm of their probabilities. */
function decode(samples, encoder, decoder) {
  const sound = tensor([1, samples.length], 'FP32', samples);
  // Every step of the decoder takes the encoder's outputs: they stay with the host.
  bind(decoder, encoder.compute([['input_values', sound]]));

  const tokens = [];
  let logarithms = 0;
  let past = tensor(EMPTY_CACHE, 'FP32', new Float32Array(0));
  const most = Math.ceil((samples.length / SAMPLE_RATE) * TOKENS_PER_SECOND);
  for (let token = START_TOKEN; tokens.length <= most;) {
    const ids = tensor([1, 1], 'I64', BigInt64Array.of(BigInt(token)));
    const computed = decoder.compute([
      ['input_ids', ids],
      ['past', past],
    ]);
    const outputs = new Map(computed);
    past = outputs.get('present');
    const bytes = outputs.get('logits').data();
    for (const name of ['logits', 'frame']) outputs.get(name)[Symbol.dispose]();
    const logits = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    );
    token = largest(logits);
    if (token === END_TOKEN) break;
    tokens.push(token);
    logarithms -= Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - logits[token]), 0));
  }
  return { tokens, averageLogProbability: tokens.length === 0 ? 0 : logarithms / tokens.length };
}

function largest(values) {
  let place = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[place]) place = index;
  return place;
}

/**
 * One token a line: `▁` is a space, `<0x41>` a byte, any other in angle brackets a mark without text. QuickJS has no
 * TextDecoder: each byte is a character of its own until the text is whole.
 */
function textOf(tokens) {
  const lines = bytesToString(readAsset('vocabulary.txt')).split('\n');
  const bytes = tokens.map((token) => {
    const [, byte] = /^<0x([0-9A-F]{2})>$/.exec(lines[token]) ?? [];
    if (byte !== undefined) return String.fromCharCode(parseInt(byte, 16));
    return /^<.*>$/.test(lines[token]) ? '' : lines[token].replaceAll('\xe2\x96\x81', ' ');
  });
  return decodeURIComponent(escape(bytes.join(''))).trim();
}

function bytesToString(bytes) {
  let text = '';
  // In parts: every byte is an argument of the call.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

export const speechTranscription = {
  describe() {
    return {
      sampleRate: SAMPLE_RATE,
      longestPiece: LONGEST_PIECE,
      languages: [language()],
      wordTimestamps: false,
    };
  },

  transcribe(options) {
    const known = language();
    if ((options.language ?? known) !== known) {
      throw new Refusal('unsupported', `this model knows the language "${known}"`);
    }
    if (options.wordTimestamps) throw new Refusal('unsupported', 'this model gives no times of single words');
    if (options.temperature > 0)
      throw new Refusal('unsupported', 'this model decodes greedily: its temperature is 0');
    const length = Number(soundLength());
    if (length === 0) throw new Refusal('invalid-input', 'the sound is empty');

    return orRefuse(() => {
      const encoder = openGraph('encoder');
      const decoder = openGraph('decoder');
      const segments = [];
      for (let from = 0; from < length; from += LONGEST_PIECE * SAMPLE_RATE) {
        const samples = readSound(from, LONGEST_PIECE * SAMPLE_RATE); // a u64: QuickJS's tools take a number
        const { tokens, averageLogProbability } = decode(Float32Array.from(samples), encoder, decoder);
        const text = textOf(tokens);
        const [start, end] = [from / SAMPLE_RATE, (from + samples.length) / SAMPLE_RATE];
        report({ text: segments.length === 0 ? text : ` ${text}`, seconds: end });
        segments.push({ text, start, end, tokens, averageLogProbability, words: [] });
      }
      return { text: segments.map(({ text }) => text).join(' '), language: known, segments };
    });
  },
};
