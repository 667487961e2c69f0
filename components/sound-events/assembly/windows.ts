/**
 * A sound of any length as the patches that the graph takes: 0.96 s each, a new one every 0.48 s.
 *
 * The sound is read as it is needed, and each frame is computed once: memory does not grow with the sound.
 */
import { Tensor, TensorType } from '../../sdk/assembly';
import { readSound } from '../../sdk/assembly/worlds/prediction';
import { BANDS, FRAME, HOP, LogMel } from './log-mel';
import { SAMPLE_RATE } from './settings';

const FRAMES: i32 = 96;
const STEP: i32 = 48;
/** Patches that go through the graph together. */
const MOST_AT_ONCE: i32 = 16;
/** Samples that a patch needs. */
const LEAST: i32 = (FRAMES - 1) * HOP + FRAME;

/** Seconds from one patch to the next, and of each. */
export const STEP_SECONDS: f64 = <f64>(STEP * HOP) / SAMPLE_RATE;
export const SECONDS: f64 = <f64>(FRAMES * HOP) / SAMPLE_RATE;

export class Windows {
  /** Patches in all: the last one is filled up with silence, as is a sound that is too short for one. */
  readonly count: u32;
  private done: u32 = 0;
  private logMel: LogMel = new LogMel();
  private frames: Float32Array = new Float32Array((FRAMES + (MOST_AT_ONCE - 1) * STEP) * BANDS);

  constructor(
    private input: string,
    samples: u64,
  ) {
    const beyond = samples > <u64>LEAST ? samples - LEAST : 0;
    const step = <u64>(STEP * HOP);
    this.count = 1 + <u32>((beyond + step - 1) / step);
  }

  /** The next patches, FP32 [n, 1, 96, 64]; null behind the last. */
  next(): Tensor | null {
    const count = <i32>min(this.count - this.done, <u32>MOST_AT_ONCE);
    if (count == 0) return null;
    const needed = FRAMES + (count - 1) * STEP;
    // The second half of the last patch is the first half of the next.
    const known = this.done == 0 ? 0 : FRAMES - STEP;
    const samples = this.read(
      <u64>this.done * (STEP * HOP) + known * HOP,
      (needed - known - 1) * HOP + FRAME,
    );
    for (let i = known; i < needed; i++) {
      this.logMel.frame(samples, (i - known) * HOP, this.frames, i * BANDS);
    }
    const patches = new Float32Array(count * FRAMES * BANDS);
    for (let patch = 0; patch < count; patch++) {
      const from = this.frames.dataStart + <usize>(patch * STEP * BANDS) * 4;
      memory.copy(patches.dataStart + <usize>(patch * FRAMES * BANDS) * 4, from, FRAMES * BANDS * 4);
    }
    this.frames.copyWithin(0, count * STEP * BANDS, needed * BANDS);
    this.done += count;
    return Tensor.of(TensorType.FP32, [count, 1, FRAMES, BANDS], patches);
  }

  /** `count` samples, silence behind the end of the sound. */
  private read(offset: u64, count: i32): Float32Array {
    const samples = readSound(this.input, offset, count);
    if (samples.length == count) return samples;
    const padded = new Float32Array(count);
    padded.set(samples);
    return padded;
  }
}
