/** NanoDet by sharp and onnxruntime-node alone, written as plainly as it goes. */
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const SIDE = 416;
const THRESHOLD = 0.35;
const OVERLAP = 0.6;

/** Corners in pixels of the picture that was sent. */
interface Detection {
  label: string;
  score: number;
  box: [left: number, top: number, right: number, bottom: number];
}

export class BareNanodet {
  readonly #session: InferenceSession;
  readonly #labels: readonly string[];

  private constructor(session: InferenceSession, labels: readonly string[]) {
    this.#session = session;
    this.#labels = labels;
  }

  static async load(folder: string): Promise<BareNanodet> {
    const [session, labels] = await Promise.all([
      InferenceSession.create(`${folder}/model.onnx`),
      readFile(`${folder}/labels.txt`, 'utf8'),
    ]);
    return new BareNanodet(session, labels.trimEnd().split('\n'));
  }

  async detect(photo: Buffer): Promise<Detection[]> {
    const { autoOrient } = await sharp(photo).metadata();
    const pixels = await sharp(photo)
      .autoOrient()
      .resize(SIDE, SIDE, { fit: 'contain', background: 'black' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    const input = new Tensor('uint8', pixels, [1, SIDE, SIDE, 3]);
    const outputs = await this.#session.run({ input });
    const scores = outputs['scores']?.data as Float32Array<ArrayBuffer>;
    const classes = outputs['classes']?.data as Int32Array<ArrayBuffer>;
    const boxes = outputs['boxes']?.data as Float32Array<ArrayBuffer>;
    const scale = Math.max(autoOrient.width, autoOrient.height) / SIDE;
    const left = (SIDE - autoOrient.width / scale) / 2;
    const top = (SIDE - autoOrient.height / scale) / 2;
    const found: Detection[] = [];
    for (const [place, score] of scores.entries()) {
      if (score < THRESHOLD) break;
      const label = this.#labels[classes[place] ?? -1] ?? '';
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = boxes.subarray(4 * place);
      const box: Detection['box'] = [
        (x0 - left) * scale,
        (y0 - top) * scale,
        (x1 - left) * scale,
        (y1 - top) * scale,
      ];
      if (found.every((other) => other.label !== label || overlap(other.box, box) <= OVERLAP))
        found.push({ label, score, box });
    }
    return found;
  }
}

/** Intersection over union. */
function overlap(a: Detection['box'], b: Detection['box']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (area(a) + area(b) - width * height);
}

function area([left, top, right, bottom]: Detection['box']): number {
  return (right - left) * (bottom - top);
}
