import { FailureKind, fail } from '../../sdk/assembly';

/** Steps of a few channels, taken in one after the other, in one window or several. */
export class Recording {
  /** Step by step, channel after channel. */
  readonly values: f32[] = [];
  /** The step after the last one of each window. */
  readonly ends: i32[] = [];
  private steps: i32 = 0;
  /** Index of the next number of the step that is coming. */
  private count: i32 = 0;

  constructor(readonly channels: i32) {}

  /** The next number of the step that is coming; NaN for what is no number. */
  put(value: f64): void {
    if (this.count++ < this.channels) this.values.push(<f32>value);
  }

  /** Ends the step; false, with a failure, if it is not one number for each channel. */
  endStep(): bool {
    const count = this.count;
    this.count = 0;
    this.steps++;
    if (count != this.channels)
      return refuse(`step ${this.steps} has ${count} numbers, expected ${this.channels}`);
    const from = this.values.length - count;
    for (let i = 0; i < count; i++) {
      if (isFinite(unchecked(this.values[from + i]))) continue;
      return refuse(`number ${i + 1} of step ${this.steps} is none, or is out of range`);
    }
    return true;
  }

  /** Ends the window; false if it has no step. */
  endWindow(): bool {
    const windows = this.ends.length;
    if (this.steps == (windows == 0 ? 0 : this.ends[windows - 1])) return false;
    this.ends.push(this.steps);
    return true;
  }
}

/** Always false. */
export function refuse(text: string): bool {
  fail(FailureKind.InvalidInput, text);
  return false;
}
