/** Moonshine's two graphs: the encoder, run once a piece, and the decoder, run once a token. */
import { Context, Inputs, Outputs, Tensor, TensorType, openGraph } from '../../sdk/assembly';
import { Settings } from './settings';

/**
 * The decoder is one graph with two branches: without a cache for the first token, which also
 * computes what every later token needs of the encoder, and with one.
 *
 * The cache is two tensors (key, value) a layer for the tokens so far ("decoder"), replaced at every
 * step, and two for the sound ("encoder"), computed at the first. All of them stay with the host.
 */
export class Moonshine {
  private outputs: Outputs | null = null;
  private cached: bool = false;
  private growing: CacheNames;
  private fixed: CacheNames;

  private constructor(
    private encoder: Context,
    private decoder: Context,
    private settings: Settings,
  ) {
    this.growing = new CacheNames('decoder', settings.layers);
    this.fixed = new CacheNames('encoder', settings.layers);
  }

  static open(settings: Settings): Moonshine | null {
    const encoder = openGraph(settings.encoder);
    const decoder = openGraph(settings.decoder);
    return encoder && decoder ? new Moonshine(encoder, decoder, settings) : null;
  }

  /** The first token's logits for a piece of sound; null, with a failure, if a run fails. */
  first(samples: Float32Array): Float32Array | null {
    const sound = Tensor.of(TensorType.FP32, [1, samples.length], samples);
    const heard = this.encoder.compute(new Inputs().set('input_values', sound));
    if (!heard) return null;
    const hidden = heard.take('');
    if (!hidden) return null;

    this.decoder.keep('encoder_hidden_states', hidden);
    this.decoder.keep('use_cache_branch', flag(0));
    const inputs = this.tokenInput(this.settings.startToken);
    for (let i = 0; i < this.growing.past.length; i++) {
      inputs.set(this.growing.past[i], this.emptyPast());
      this.decoder.keep(this.fixed.past[i], this.emptyPast());
    }
    return this.step(inputs);
  }

  /** The logits after `token`; null, with a failure, if the run fails. */
  next(token: u32): Float32Array | null {
    const outputs = this.outputs;
    if (!outputs) return null;
    const inputs = this.tokenInput(token);
    for (let i = 0; i < this.growing.past.length; i++) {
      const grown = outputs.take(this.growing.present[i]);
      if (!grown) return null;
      inputs.set(this.growing.past[i], grown);
    }
    // The branch with a cache reads the encoder's part but gives only empty tensors for it.
    if (!this.cached && !this.keepEncoderCache(outputs)) return null;
    outputs.drop();
    return this.step(inputs);
  }

  /** Lets go of the piece's last tensors. */
  finish(): void {
    const outputs = this.outputs;
    if (outputs) outputs.drop();
    this.outputs = null;
    this.cached = false;
  }

  private step(inputs: Inputs): Float32Array | null {
    const outputs = this.decoder.compute(inputs);
    this.outputs = outputs;
    if (!outputs) return null;
    const logits = outputs.take('logits');
    if (!logits) return null;
    const values = Float32Array.wrap(logits.bytes());
    logits.drop();
    return values;
  }

  private keepEncoderCache(outputs: Outputs): bool {
    for (let i = 0; i < this.fixed.past.length; i++) {
      const tensor = outputs.take(this.fixed.present[i]);
      if (!tensor) return false;
      this.decoder.keep(this.fixed.past[i], tensor);
    }
    this.decoder.keep('use_cache_branch', flag(1));
    this.cached = true;
    return true;
  }

  private tokenInput(token: u32): Inputs {
    const ids = new Int64Array(1);
    ids[0] = token;
    return new Inputs().set('input_ids', Tensor.of(TensorType.I64, [1, 1], ids));
  }

  private emptyPast(): Tensor {
    const dimensions: u32[] = [0, this.settings.heads, 1, this.settings.headSize];
    return Tensor.of(TensorType.FP32, dimensions, new Float32Array(0));
  }
}

/** The names of one half of the cache: a key and a value a layer, each as an input and as an output. */
class CacheNames {
  past: string[] = [];
  present: string[] = [];

  constructor(half: string, layers: i32) {
    for (let layer = 0; layer < layers; layer++) {
      this.add(`${layer}.${half}.key`);
      this.add(`${layer}.${half}.value`);
    }
  }

  private add(name: string): void {
    this.past.push(`past_key_values.${name}`);
    this.present.push(`present.${name}`);
  }
}

/** A bool of the graph: wasi:nn has none, and its hosts take one byte of 0 or 1. */
function flag(value: u8): Tensor {
  const byte = new Uint8Array(1);
  byte[0] = value;
  return Tensor.of(TensorType.U8, [1], byte);
}
