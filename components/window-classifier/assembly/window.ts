import { FailureKind, Tensor, TensorType, fail } from '../../sdk/assembly';

/** Steps of a few channels, taken in one after the other. */
export class Window {
  private values: f32[] = [];
  private steps: i32 = 0;
  /** Index of the next step. */
  private count: i32 = 0;

  constructor(
    readonly channels: i32,
    private longest: i32,
  ) {}

  /** The next number of the step that is coming; NaN for what is no number. */
  put(value: f64): void {
    if (this.count++ < this.channels) this.values.push(<f32>value);
  }

  /** Ends the step; false, with a failure, if it is not one number for each channel. */
  endStep(): bool {
    const count = this.count;
    this.count = 0;
    this.steps++;
    if (this.steps > this.longest) return refuse(`the window has more than ${this.longest} steps`);
    if (count != this.channels)
      return refuse(`step ${this.steps} has ${count} numbers, expected ${this.channels}`);
    const from = this.values.length - count;
    for (let i = 0; i < count; i++) {
      if (isFinite(this.values[from + i])) continue;
      return refuse(`number ${i + 1} of step ${this.steps} is none, or is out of range`);
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
