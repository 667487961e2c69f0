/** A classifier of windows by onnxruntime-node alone, written as plainly as it goes. */
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export class BareWindows {
  readonly #session: InferenceSession;
  readonly #labels: readonly string[];

  private constructor(session: InferenceSession, labels: readonly string[]) {
    this.#session = session;
    this.#labels = labels;
  }

  static async load(folder: string): Promise<BareWindows> {
    const [session, labels] = await Promise.all([
      InferenceSession.create(`${folder}/model.onnx`),
      readFile(`${folder}/labels.txt`, 'utf8'),
    ]);
    return new BareWindows(session, labels.trimEnd().split('\n'));
  }

  /** Classifies windows one after the other: CSV whose first line is names, with a blank line between two. */
  async classify(file: Buffer): Promise<{ label: string; score: number }[][]> {
    const text = file.toString().trimEnd();
    const names = text.slice(0, text.indexOf('\n'));
    const answers = [];
    for (const window of text.slice(names.length + 1).split('\n\n'))
      answers.push(await this.#classifyOne(window.split('\n'), names.split(',').length));
    return answers;
  }

  async #classifyOne(
    lines: readonly string[],
    channels: number,
  ): Promise<{ label: string; score: number }[]> {
    const values = new Float32Array(channels * lines.length);
    for (const [step, line] of lines.entries()) {
      for (const [channel, field] of line.split(',').entries())
        values[channel * lines.length + step] = Number(field);
    }
    const { scores } = await this.#session.run({
      window: new Tensor('float32', values, [1, channels, lines.length]),
    });
    return Array.from(scores?.data as Float32Array, (score, index) => ({
      label: this.#labels[index] ?? '',
      score,
    }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, 5);
  }
}
