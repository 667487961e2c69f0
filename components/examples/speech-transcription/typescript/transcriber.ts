// A transcriber for Moonshine: sound to the encoder once a piece, then the decoder once a token, always the likeliest.
import { read as readAsset } from 'sandpiper:inference/assets@0.1.0';
import { bind } from 'sandpiper:inference/bound-inputs@0.1.0';
import { report } from 'sandpiper:inference/progress@0.1.0';
import { length as soundLength, read as readSound } from 'sandpiper:inference/sound@0.1.0';
import { getAll } from 'wasi:config/store@0.2.0-rc.1';
import { loadByName } from 'wasi:nn/graph@0.2.0-rc-2024-10-28';
import { Tensor } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';
import type { Failure } from 'sandpiper:inference/failures@0.1.0';
import type * as Contract from 'sandpiper:inference/speech-transcription@0.1.0';
import type { Error as NnError } from 'wasi:nn/errors@0.2.0-rc-2024-10-28';
import type { GraphExecutionContext } from 'wasi:nn/inference@0.2.0-rc-2024-10-28';
import type { TensorType } from 'wasi:nn/tensor@0.2.0-rc-2024-10-28';

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
  constructor(readonly payload: Failure) {
    super(payload.tag);
  }
}

/** Makes an error of wasi:nn a failure of this component. */
function orRefuse<Value>(call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    const { payload } = error as { payload?: NnError };
    if (error instanceof Refusal || typeof payload?.code !== 'function') throw error;
    throw new Refusal({ tag: 'inference', val: { code: payload.code(), message: payload.data() } });
  }
}

function language(): string {
  return new Map(getAll()).get('language') ?? 'en';
}

const openGraph = (name: string): GraphExecutionContext => loadByName(name).initExecutionContext();

function tensor(dimensions: number[], type: TensorType, elements: Float32Array | BigInt64Array): Tensor {
  return new Tensor(Uint32Array.from(dimensions), type, new Uint8Array(elements.buffer as ArrayBuffer));
}

interface Decoded {
  tokens: number[];
  averageLogProbability: number;
}

/** The tokens of one piece of sound, and the mean logarithm of their probabilities. */
function decode(
  samples: Float32Array,
  encoder: GraphExecutionContext,
  decoder: GraphExecutionContext,
): Decoded {
  const sound = tensor([1, samples.length], 'FP32', samples);
  // Every step of the decoder takes the encoder's outputs: they stay with the host.
  bind(decoder, encoder.compute([['input_values', sound]]));

  const tokens: number[] = [];
  let logarithms = 0;
  let past = tensor(EMPTY_CACHE, 'FP32', new Float32Array(0));
  const most = Math.ceil((samples.length / SAMPLE_RATE) * TOKENS_PER_SECOND);
  for (let token = START_TOKEN; tokens.length <= most;) {
    const ids = tensor([1, 1], 'I64', BigInt64Array.of(BigInt(token)));
    const computed = decoder.compute([
      ['input_ids', ids],
      ['past', past],
    ]);
    const { logits, present, frame } = Object.fromEntries(computed);
    if (logits === undefined || present === undefined) {
      throw new Refusal({ tag: 'internal', val: 'the decoder gives no logits, or no cache' });
    }
    past = present;
    const scores = floatsOf(logits.data());
    for (const read of [logits, frame]) read?.[Symbol.dispose]();
    token = largest(scores);
    if (token === END_TOKEN) break;
    tokens.push(token);
    const best = scores[token] ?? 0;
    logarithms -= Math.log(scores.reduce((sum, score) => sum + Math.exp(score - best), 0));
  }
  return { tokens, averageLogProbability: tokens.length === 0 ? 0 : logarithms / tokens.length };
}

function floatsOf({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

function largest(values: Float32Array): number {
  let place = 0;
  values.forEach((value, index) => {
    if (value > (values[place] ?? 0)) place = index;
  });
  return place;
}

/**
 * One token a line: `▁` is a space, `<0x41>` a byte, any other in angle brackets a mark without text. QuickJS has no
 * TextDecoder: each byte is a character of its own until the text is whole.
 */
function textOf(tokens: number[]): string {
  const lines = bytesToString(readAsset('vocabulary.txt')).split('\n');
  const bytes = tokens.map((token) => {
    const line = lines[token] ?? '';
    const [, byte] = /^<0x([0-9A-F]{2})>$/.exec(line) ?? [];
    if (byte !== undefined) return String.fromCharCode(parseInt(byte, 16));
    return /^<.*>$/.test(line) ? '' : line.replaceAll('\xe2\x96\x81', ' ');
  });
  const encoded = bytes.join('').replace(/[^\w ]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return decodeURIComponent(encoded).trim();
}

function bytesToString(bytes: Uint8Array): string {
  let text = '';
  // In parts: every byte is an argument of the call.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

export const speechTranscription: typeof Contract = {
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
    const unsupported = (why: string) => new Refusal({ tag: 'unsupported', val: why });
    if ((options.language ?? known) !== known) throw unsupported(`this model knows the language "${known}"`);
    if (options.wordTimestamps) throw unsupported('this model gives no times of single words');
    if ((options.temperature ?? 0) > 0)
      throw unsupported('this model decodes greedily: its temperature is 0');
    const length = Number(soundLength());
    if (length === 0) throw new Refusal({ tag: 'invalid-input', val: 'the sound is empty' });

    return orRefuse(() => {
      const encoder = openGraph('encoder');
      const decoder = openGraph('decoder');
      const segments: Contract.Segment[] = [];
      for (let from = 0; from < length; from += LONGEST_PIECE * SAMPLE_RATE) {
        const samples = Float32Array.from(readSound(from, LONGEST_PIECE * SAMPLE_RATE));
        const { tokens, averageLogProbability } = decode(samples, encoder, decoder);
        const text = textOf(tokens);
        const [start, end] = [from / SAMPLE_RATE, (from + samples.length) / SAMPLE_RATE];
        report({ text: segments.length === 0 ? text : ` ${text}`, seconds: end });
        segments.push({
          text,
          start,
          end,
          tokens: Uint32Array.from(tokens),
          averageLogProbability,
          words: [],
        });
      }
      return { text: segments.map(({ text }) => text).join(' '), language: known, segments };
    });
  },
};
