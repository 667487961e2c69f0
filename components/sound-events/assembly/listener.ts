/** Runs the graph over all windows of a sound and keeps what an answer needs of the scores. */
import { Context, FailureKind, Inputs, fail, formatDecimal } from '../../sdk/assembly';
import { best } from './ranking';
import { Settings } from './settings';
import { Timeline } from './timeline';
import { Windows } from './windows';

export class Listener {
  /** The highest score over all windows, per class. */
  highest: StaticArray<f32>;
  private sums: StaticArray<f64>;
  private count: u32 = 0;

  constructor(
    private classes: i32,
    /** Labels that a window gives to the timeline, at the most, and the score that they need. */
    private topK: i32,
    private threshold: f32,
    private timeline: Timeline | null,
  ) {
    this.highest = new StaticArray<f32>(classes);
    this.sums = new StaticArray<f64>(classes);
  }

  /** False, with a failure, if a run fails or gives what are no scores of these classes. */
  listen(windows: Windows, context: Context, settings: Settings): bool {
    for (let patches = windows.next(); patches; patches = windows.next()) {
      const outputs = context.compute(new Inputs().set(settings.input, patches));
      if (!outputs) return false;
      const output = outputs.take(settings.output);
      if (!output) return false;
      const scores = output.floats();
      output.drop();
      outputs.drop();
      if (!scores || !this.add(scores)) return false;
    }
    return true;
  }

  /** The mean over all windows, per class. */
  means(): StaticArray<f32> {
    const means = new StaticArray<f32>(this.classes);
    for (let label = 0; label < this.classes; label++) means[label] = <f32>(this.sums[label] / this.count);
    return means;
  }

  private add(scores: Float32Array): bool {
    const window = new StaticArray<f32>(this.classes);
    if (scores.length % this.classes != 0) {
      fail(
        FailureKind.Internal,
        `the graph gave ${scores.length} scores, which is no multiple of ${this.classes} labels`,
      );
      return false;
    }
    for (let from = 0; from < scores.length; from += this.classes) {
      for (let label = 0; label < this.classes; label++) {
        const score = unchecked(scores[from + label]);
        if (!(score >= 0 && score <= 1)) {
          fail(FailureKind.Internal, `the graph gave ${formatDecimal(score)} for class ${label}`);
          return false;
        }
        unchecked((window[label] = score));
        unchecked((this.sums[label] += score));
        unchecked((this.highest[label] = max(this.highest[label], score)));
      }
      if (this.timeline) this.timeline!.add(this.count, best(window, this.topK, this.threshold), window);
      this.count++;
    }
    return true;
  }
}
