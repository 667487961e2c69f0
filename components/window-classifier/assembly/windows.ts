import { Context, Inputs, Tensor, TensorType } from '../../sdk/assembly';
import { WindowPort } from './graph';
import { Recording, refuse } from './recording';

/** Steps that one run takes in all, if not of one window alone: what its features take then still lies in the cache. */
const STEPS_AT_ONCE: i32 = 256;

/** Where in a recording the windows are that are classified, in their order. */
export class Windows {
  readonly starts: i32[] = [];
  readonly ends: i32[] = [];

  constructor(private recording: Recording) {}

  get count(): i32 {
    return this.starts.length;
  }

  /**
   * Cuts each window of the recording into some of `length`, which begin `stride` after one another; what is shorter
   * stays whole, and what is left at its end is left out. A length of 0 leaves all whole. False, with a failure, if there
   * is none, are more than `most`, or one has more than `longest` steps.
   */
  cut(length: i64, stride: i64, most: i32, longest: i32): bool {
    const ends = this.recording.ends;
    for (let i = 0, from = 0; i < ends.length; from = ends[i++]) {
      const whole = <i64>(ends[i] - from);
      const steps = length == 0 ? whole : min(length, whole);
      if (steps > longest)
        return refuse(
          `a window of ${steps} steps, more than ${longest}: "window" cuts a recording into some`,
        );
      for (let at: i64 = 0; at + steps <= whole; at += min(stride, whole)) {
        if (this.count == most) return refuse(`there are more than ${most} windows`);
        this.starts.push(from + <i32>at);
        this.ends.push(from + <i32>(at + steps));
        if (steps == whole) break;
      }
    }
    return this.count > 0 || refuse('there are no steps');
  }

  /** The scores of the labels, window after window; null, with a failure, if a run fails. */
  classify(context: Context, port: WindowPort, labels: i32): StaticArray<f32> | null {
    const scores = new StaticArray<f32>(this.count * labels);
    const order = this.byLength();
    for (let from = 0, to = 0; from < order.length; from = to) {
      const steps = this.length(order[from]);
      const most = port.several ? max(STEPS_AT_ONCE / steps, 1) : 1;
      for (to = from + 1; to < order.length && to - from < most && this.length(order[to]) == steps; to++);
      const sizes: u32[] = [to - from, port.channels, steps];
      const tensor = Tensor.of(TensorType.FP32, sizes, this.planes(order.slice(from, to), steps));
      const outputs = context.compute(new Inputs().set(port.name, tensor));
      const output = outputs ? outputs.take('') : null;
      const floats = output ? output.floats() : null;
      if (!output || !floats) return null;
      for (let i = from; i < to; i++)
        for (let label = 0; label < labels; label++)
          scores[order[i] * labels + label] = floats[(i - from) * labels + label];
      output.drop();
    }
    return scores;
  }

  private length(window: i32): i32 {
    return this.ends[window] - this.starts[window];
  }

  /** The windows, those of a length together: a run takes windows of one length. */
  private byLength(): i32[] {
    const keys: i64[] = [];
    for (let i = 0; i < this.count; i++) keys.push(((<i64>this.length(i)) << 32) | i);
    keys.sort();
    const order: i32[] = [];
    for (let i = 0; i < keys.length; i++) order.push(<i32>keys[i]);
    return order;
  }

  /** The numbers of windows of equal length, window by window, and in each of them channel by channel. */
  private planes(windows: i32[], steps: i32): Float32Array {
    const channels = this.recording.channels;
    const values = this.recording.values;
    const planes = new Float32Array(windows.length * channels * steps);
    for (let i = 0; i < windows.length; i++) {
      let at = this.starts[windows[i]] * channels;
      for (let step = 0; step < steps; step++)
        for (let channel = 0; channel < channels; channel++)
          unchecked((planes[(i * channels + channel) * steps + step] = values[at++]));
    }
    return planes;
  }
}
