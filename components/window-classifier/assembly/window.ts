import { FailureKind, Tensor, TensorType, fail } from '../../sdk/assembly';

/** Steps of a few channels, taken in one after the other. */
export class Window {
  private values: f32[] = [];

  constructor(
    readonly channels: i32,
    private longest: i32,
  ) {}

  get steps(): i32 {
    return this.values.length / this.channels;
  }

  /** Takes in a step; false, with a failure, if it is not one number for each channel. */
  add(step: Float64Array): bool {
    const row = this.steps + 1;
    if (step.length != this.channels)
      return refuse(`step ${row} has ${step.length} numbers, not ${this.channels}`);
    if (row > this.longest) return refuse(`the window has more than ${this.longest} steps`);
    for (let i = 0; i < step.length; i++) {
      const value = <f32>step[i];
      if (!isFinite(value)) return refuse(`number ${i + 1} of step ${row} is none, or is out of range`);
      this.values.push(value);
    }
    return true;
  }

  /** This window; null, with a failure, if it has no step. */
  whole(): Window | null {
    if (this.steps > 0) return this;
    refuse('the window has no steps');
    return null;
  }

  /** FP32 [1, channels, steps]. */
  toTensor(): Tensor {
    return Tensor.of(TensorType.FP32, [1, this.channels, this.steps], this.planes());
  }

  /** All steps of the first channel, then those of the next. */
  planes(): Float32Array {
    const steps = this.steps;
    const planes = new Float32Array(this.values.length);
    for (let step = 0, at = 0; step < steps; step++)
      for (let channel = 0; channel < this.channels; channel++)
        planes[channel * steps + step] = this.values[at++];
    return planes;
  }
}

/** Always false. */
export function refuse(text: string): bool {
  fail(FailureKind.InvalidInput, text);
  return false;
}
