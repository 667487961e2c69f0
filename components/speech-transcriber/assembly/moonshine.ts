/** Moonshine's two graphs: the encoder, run once a piece, and the decoder, run once a token. */
import { Context, Inputs, Outputs, Tensor, TensorType, openGraph } from '../../sdk/assembly';
import { Settings } from './settings';

/**
 * What the encoder gives, the decoder takes at every step, under the same names: it is bound once. The
 * cache of the tokens so far is one tensor, which goes from each step into the next. Neither of them is
 * ever read here.
 */
export class Moonshine {
  private outputs: Outputs | null = null;

  private constructor(
    private encoder: Context,
    private decoder: Context,
    private settings: Settings,
  ) {}

  static open(settings: Settings): Moonshine | null {
    const encoder = openGraph(settings.encoder);
    const decoder = openGraph(settings.decoder);
    return encoder && decoder ? new Moonshine(encoder, decoder, settings) : null;
  }

  /** Hears a piece of sound, which the following steps are about; false, with a failure, if the run fails. */
  hear(samples: Float32Array): bool {
    const sound = Tensor.of(TensorType.FP32, [1, samples.length], samples);
    const heard = this.encoder.compute(new Inputs().set('input_values', sound));
    if (!heard) return false;
    this.decoder.keepAll(heard);
    return true;
  }

  /** The first token's logits, empty if not asked for; null, with a failure, if the run fails. */
  first(read: bool = true): Float32Array | null {
    const settings = this.settings;
    const empty: u32[] = [2 * settings.layers, settings.heads, 0, settings.headSize];
    return this.step(settings.startToken, Tensor.of(TensorType.FP32, empty, new Float32Array(0)), read);
  }

  /** The logits after `token`, empty if not asked for; null, with a failure, if the run fails. */
  next(token: u32, read: bool = true): Float32Array | null {
    const outputs = this.outputs;
    if (!outputs) return null;
    const past = outputs.take('present');
    return past ? this.step(token, past, read) : null;
  }

  /** Which frame of the sound the last step listened to, as a tensor that may be read later or never. */
  takeFrame(): Tensor | null {
    const outputs = this.outputs;
    return outputs ? outputs.take('frame') : null;
  }

  /** Lets go of the piece's last tensors. */
  finish(): void {
    const outputs = this.outputs;
    if (outputs) outputs.drop();
    this.outputs = null;
  }

  private step(token: u32, past: Tensor, read: bool): Float32Array | null {
    const ids = new Int64Array(1);
    ids[0] = token;
    const inputs = new Inputs().set('input_ids', Tensor.of(TensorType.I64, [1, 1], ids)).set('past', past);
    const outputs = this.decoder.compute(inputs);
    this.outputs = outputs;
    if (!outputs) return null;
    const logits = outputs.take('logits');
    if (!logits) return null;
    const values = read ? Float32Array.wrap(logits.bytes()) : new Float32Array(0);
    logits.drop();
    return values;
  }
}
