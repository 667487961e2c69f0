/** PP-OCR by sharp and onnxruntime-node alone, written as plainly as it goes: upright lines, one after the other. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const MAX_SIDE = 960;
const MULTIPLE = 32;
const LINE_HEIGHT = 48;
const [PIXEL_THRESHOLD, LINE_THRESHOLD, UNCLIP] = [0.3, 0.6, 1.5];
const IMAGENET = { means: [123.675, 116.28, 103.53], deviations: [58.395, 57.12, 57.375] };
const MIDDLE = { means: [127.5, 127.5, 127.5], deviations: [127.5, 127.5, 127.5] };
/** Characters are lines of this property of the recogniser's file. */
const PROPERTY = 'character';

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export class BareTextReader {
  readonly #detector: InferenceSession;
  readonly #recogniser: InferenceSession;
  readonly #characters: readonly string[];

  constructor(detector: InferenceSession, recogniser: InferenceSession, characters: readonly string[]) {
    this.#detector = detector;
    this.#recogniser = recogniser;
    this.#characters = characters;
  }

  static async load(folder: string, facts: Readonly<Record<string, string>>): Promise<BareTextReader> {
    const [detector, recogniser] = await Promise.all([
      InferenceSession.create(`${folder}/detector.onnx`),
      InferenceSession.create(`${folder}/recogniser.onnx`),
    ]);
    return new BareTextReader(detector, recogniser, (facts[PROPERTY] ?? '').split('\n'));
  }

  async read(file: Buffer): Promise<string[]> {
    const { data, info } = await sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer({
      resolveWithObject: true,
    });
    const raw = { width: info.width, height: info.height, channels: 3 as const };
    const scale = Math.min(1, MAX_SIDE / Math.max(raw.width, raw.height));
    const [width, height] = [Math.round(raw.width * scale), Math.round(raw.height * scale)];
    const [right, bottom] = [-width & (MULTIPLE - 1), -height & (MULTIPLE - 1)];
    const pixels = await sharp(data, { raw })
      .resize(width, height)
      .extend({ right, bottom, background: 'black' })
      .raw()
      .toBuffer();
    const size = [height + bottom, width + right] as const;
    const found = await this.#detector.run({
      x: new Tensor('float32', planes(pixels, IMAGENET), [1, 3, ...size]),
    });
    const map = Object.values(found)[0]?.data as Float32Array;
    const lines: string[] = [];
    for (const box of boxes(map, size[1], size[0])) {
      const left = Math.max(0, Math.round(box.left / scale));
      const top = Math.max(0, Math.round(box.top / scale));
      const across = Math.min(raw.width, Math.round(box.right / scale)) - left;
      const down = Math.min(raw.height, Math.round(box.bottom / scale)) - top;
      const length = Math.max(16, Math.round((across * LINE_HEIGHT) / down));
      const crop = await sharp(data, { raw })
        .extract({ left, top, width: across, height: down })
        .resize(length, LINE_HEIGHT, { fit: 'fill' })
        .raw()
        .toBuffer();
      lines.push(await this.#readLine(crop, length));
    }
    return lines;
  }

  async #readLine(pixels: Buffer, length: number): Promise<string> {
    const { classes } = await this.#recogniser.run({
      x: new Tensor('float32', planes(pixels, MIDDLE), [1, 3, LINE_HEIGHT, length]),
    });
    let [text, last] = ['', 0];
    for (const best of Array.from(classes?.data as BigInt64Array, Number)) {
      if (best !== 0 && best !== last) text += this.#characters[best - 1] ?? ' ';
      last = best;
    }
    return text;
  }
}

function planes(pixels: Buffer, { means, deviations }: typeof IMAGENET): Float32Array {
  const count = pixels.length / 3;
  const values = new Float32Array(pixels.length);
  for (let channel = 0; channel < 3; channel++) {
    const [mean = 0, deviation = 1] = [means[channel], deviations[channel]];
    for (let i = 0; i < count; i++)
      values[channel * count + i] = ((pixels[i * 3 + 2 - channel] ?? 0) - mean) / deviation;
  }
  return values;
}

/** Upright boxes of what touches above the threshold, from top to bottom. */
function boxes(map: Float32Array, width: number, height: number): Box[] {
  const seen = new Uint8Array(map.length);
  const found: Box[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] === 1 || (map[start] ?? 0) <= PIXEL_THRESHOLD) continue;
    const box = { left: width, top: height, right: 0, bottom: 0 };
    let [sum, count] = [0, 0];
    const stack = [start];
    seen[start] = 1;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)];
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
      sum += map[at] ?? 0;
      count++;
      for (const [nx, ny] of [
        [x - 1, y],
        [x + 1, y],
        [x, y - 1],
        [x, y + 1],
      ] as const) {
        const next = ny * width + nx;
        if (nx < 0 || ny < 0 || nx >= width || ny >= height || seen[next] === 1) continue;
        if ((map[next] ?? 0) <= PIXEL_THRESHOLD) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
    const [across, down] = [box.right - box.left, box.bottom - box.top];
    if (sum / count < LINE_THRESHOLD || Math.min(across, down) < 3) continue;
    const by = (across * down * UNCLIP) / (2 * (across + down));
    found.push({ left: box.left - by, top: box.top - by, right: box.right + by, bottom: box.bottom + by });
  }
  return found;
}
