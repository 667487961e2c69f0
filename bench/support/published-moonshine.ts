/** Moonshine as its authors publish it, by onnxruntime-node alone: what `bare-moonshine.ts` is, over other graphs. */
import { existsSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { best, END_TOKEN, mostTokens, START_TOKEN } from './bare-moonshine.ts';
import { PUBLISHED } from './fetch-published.ts';

const LAYERS = 6;
const HEADS = 8;
const HEAD_SIZE = 36;

export class PublishedMoonshine {
  readonly #encoder: InferenceSession;
  readonly #decoder: InferenceSession;

  private constructor(encoder: InferenceSession, decoder: InferenceSession) {
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  /** Undefined where the files have not been fetched. */
  static async load(): Promise<PublishedMoonshine | undefined> {
    if (!PUBLISHED.every(({ path }) => existsSync(path))) return undefined;
    const [encoder, decoder] = await Promise.all(PUBLISHED.map(({ path }) => InferenceSession.create(path)));
    return encoder && decoder && new PublishedMoonshine(encoder, decoder);
  }

  /** Tokens of at most 30 s of 16 kHz mono samples. */
  async transcribe(samples: Float32Array): Promise<number[]> {
    const heard = await this.#encoder.run({
      input_values: new Tensor('float32', samples, [1, samples.length]),
    });
    const hidden = heard[this.#encoder.outputNames[0] ?? ''] as Tensor;
    const pasts = emptyPasts();
    const tokens: number[] = [];
    const most = mostTokens(samples);
    for (let token = START_TOKEN, first = true; tokens.length < most; first = false) {
      const outputs = await this.#decoder.run({
        input_ids: new Tensor('int64', [token], [1, 1]),
        encoder_hidden_states: hidden,
        use_cache_branch: new Tensor('bool', [!first], [1]),
        ...Object.fromEntries(pasts),
      });
      token = BigInt(best(outputs['logits']?.data as Float32Array));
      if (token === END_TOKEN) break;
      tokens.push(Number(token));
      for (const name of pasts.keys()) {
        if (first || name.includes('.decoder.'))
          pasts.set(name, outputs[name.replace('past_key_values', 'present')] as Tensor);
      }
    }
    return tokens;
  }
}

function emptyPasts(): Map<string, Tensor> {
  const pasts = new Map<string, Tensor>();
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const part of ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value']) {
      pasts.set(
        `past_key_values.${layer}.${part}`,
        new Tensor('float32', new Float32Array(), [0, HEADS, 1, HEAD_SIZE]),
      );
    }
  }
  return pasts;
}
