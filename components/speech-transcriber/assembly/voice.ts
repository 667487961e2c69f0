/** Silero's voice activity detector, version 5: how likely each 32 ms of sound are speech. */
import { Context, Inputs, Tensor, TensorType, openGraph } from '../../sdk/assembly';
import { SAMPLE_RATE } from './settings';

/** Samples in a frame, and those before it that the graph wants to see as well. */
export const FRAME: i32 = 512;
const BEFORE: i32 = 64;

/** Where silence is certain: about -66 dB of full scale. */
const INAUDIBLE: f32 = 0.0005;
/** Frames of speech in a row that make it certain: about 0.1 s. */
const CERTAIN_FRAMES: i32 = 3;
/** Frames kept before the first one of speech, for soft beginnings: about 0.3 s. */
const LEAD_FRAMES: i32 = 10;

export class VoiceDetector {
  private constructor(
    private context: Context,
    private threshold: f64,
  ) {}

  static open(graph: string, threshold: f64): VoiceDetector | null {
    const context = openGraph(graph);
    if (!context) return null;
    const rate = new Int64Array(1);
    rate[0] = SAMPLE_RATE;
    context.keep('sr', Tensor.of(TensorType.I64, [1], rate));
    return new VoiceDetector(context, threshold);
  }

  /** The probability of speech in each whole frame of `samples`; null, with a failure, if a run fails. */
  probabilities(samples: Float32Array): Float32Array | null {
    const frames = samples.length / FRAME;
    const found = new Float32Array(frames);
    this.restart();
    for (let frame = 0; frame < frames; frame++) {
      const probability = this.run(samples, frame);
      if (isNaN(probability)) return null;
      found[frame] = probability;
    }
    return found;
  }

  /**
   * The sample a little before the first words, or -1 if nobody speaks; looks no further than those
   * words. -1 after a failure as well.
   */
  startOfSpeech(samples: Float32Array): i32 {
    if (isInaudible(samples)) return -1;
    if (!this.canJudge(samples)) return 0;
    this.restart();
    const frames = samples.length / FRAME;
    let inARow = 0;
    for (let frame = 0; frame < frames; frame++) {
      const probability = this.run(samples, frame);
      if (isNaN(probability)) return -1;
      inARow = probability >= this.threshold ? inARow + 1 : 0;
      if (inARow == CERTAIN_FRAMES) return max(0, (frame + 1 - CERTAIN_FRAMES - LEAD_FRAMES) * FRAME);
    }
    return -1;
  }

  /** False where there is too little for the detector to settle; the model itself judges better then. */
  canJudge(samples: Float32Array): bool {
    return samples.length >= 2 * CERTAIN_FRAMES * FRAME;
  }

  private input: Float32Array = new Float32Array(BEFORE + FRAME);
  private state: Tensor | null = null;

  private restart(): void {
    const old = this.state;
    if (old) old.drop();
    this.state = Tensor.of(TensorType.FP32, [2, 1, 128], new Float32Array(256));
  }

  /** NaN, with a failure, if the run fails. */
  private run(samples: Float32Array, frame: i32): f32 {
    const from = frame * FRAME;
    const before = min(from, BEFORE);
    this.input.fill(0, 0, BEFORE - before);
    this.input.set(samples.subarray(from - before, from + FRAME), BEFORE - before);
    return this.hear();
  }

  /**
   * The probability of speech in the next frame of a sound, which follows the one before; NaN, with a failure, if
   * the run fails. Frames without any sound cost nothing.
   */
  next(frame: Float32Array): f32 {
    if (!this.state) this.restart();
    this.input.copyWithin(0, FRAME, FRAME + BEFORE);
    this.input.set(frame, BEFORE);
    return isInaudible(frame) ? 0 : this.hear();
  }

  private hear(): f32 {
    const inputs = new Inputs()
      .set('input', Tensor.of(TensorType.FP32, [1, BEFORE + FRAME], this.input))
      .set('state', this.state!);
    const outputs = this.context.compute(inputs);
    if (!outputs) return NaN;
    const output = outputs.take('output');
    this.state = outputs.take('stateN');
    if (!output || !this.state) return NaN;
    const probability = load<f32>(changetype<usize>(output.bytes()));
    output.drop();
    return probability;
  }
}

function isInaudible(samples: Float32Array): bool {
  for (let i = 0; i < samples.length; i++) {
    if (Mathf.abs(unchecked(samples[i])) >= INAUDIBLE) return false;
  }
  return true;
}
