/** Moonshine by onnxruntime-node alone: the greedy loop, written as plainly as it goes. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

export const START_TOKEN = 1n;
export const END_TOKEN = 2n;
const TOKENS_PER_SECOND = 6.5;
const SAMPLE_RATE = 16_000;
/** A key and a value a layer, heads, no tokens, numbers of each. */
const EMPTY_CACHE = [12, 8, 0, 36];

export class BareMoonshine {
  readonly #encoder: InferenceSession;
  readonly #decoder: InferenceSession;

  private constructor(encoder: InferenceSession, decoder: InferenceSession) {
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  static async load(folder: string): Promise<BareMoonshine> {
    const [encoder, decoder] = await Promise.all([
      InferenceSession.create(`${folder}/encoder.onnx`),
      InferenceSession.create(`${folder}/decoder.onnx`),
    ]);
    return new BareMoonshine(encoder, decoder);
  }

  /** Tokens of at most 30 s of 16 kHz mono samples. */
  async transcribe(samples: Float32Array): Promise<number[]> {
    const heard = await this.#encoder.run({
      input_values: new Tensor('float32', samples, [1, samples.length]),
    });
    let past = new Tensor('float32', new Float32Array(), EMPTY_CACHE);
    const tokens: number[] = [];
    for (let token = START_TOKEN; tokens.length < mostTokens(samples);) {
      const { logits, present } = await this.#decoder.run({
        ...heard,
        input_ids: new Tensor('int64', [token], [1, 1]),
        past,
      });
      token = BigInt(best(logits?.data as Float32Array));
      if (token === END_TOKEN) break;
      tokens.push(Number(token));
      past = present as typeof past;
    }
    return tokens;
  }
}

/** More than anyone speaks. */
export function mostTokens(samples: Float32Array): number {
  return Math.ceil((samples.length / SAMPLE_RATE) * TOKENS_PER_SECOND);
}

export function best(logits: Float32Array): number {
  let index = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[index] ?? 0)) index = i;
  return index;
}
