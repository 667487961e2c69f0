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

  /** Classifies CSV whose first line is names. */
  async classify(file: Buffer): Promise<{ label: string; score: number }[]> {
    const [names = '', ...lines] = file.toString().trimEnd().split('\n');
    const channels = names.split(',').length;
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
