import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from './support/engine.ts';
import { flattenModel } from './support/flatten-model.ts';
import { type Instantiate, buildAndLoad } from './support/guest.ts';
import { createHost } from './support/host.ts';

/** Two rows of three pixels; its graph gives back the numbers that it was given, as 18 classes. */
const WIDTH = 3;
const HEIGHT = 2;
const PIXELS = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37) % 256);
const SIZE = { width: '3', height: '2' };

interface Prediction {
  index: number;
  score: number;
}

describe('image-classifier', () => {
  let instantiate: Instantiate;
  const models = {
    nchw: new Engine(flattenModel('FP32', [1, 3, HEIGHT, WIDTH])),
    nhwc: new Engine(flattenModel('FP32', [1, HEIGHT, WIDTH, 3])),
    half: new Engine(flattenModel('FP16', [1, 3, HEIGHT, WIDTH])),
  };
  beforeAll(async () => {
    instantiate = await buildAndLoad('image-classifier');
  });

  async function classify(
    config: Record<string, string>,
    options = {},
    pixels = PIXELS,
    model = models.nchw,
  ) {
    const host = createHost({ graphs: { model }, config: { ...SIZE, ...config } });
    const { exports } = await instantiate(host.imports);
    const picture = { width: WIDTH, height: HEIGHT, format: 'rgb8', pixels };
    return { predictions: exports['classify']?.(picture, options) as Prediction[], host };
  }

  /** An error of the component, as jco throws it. */
  async function failure(call: () => Promise<unknown>): Promise<unknown> {
    return call().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('describes the picture that its configuration asks for', async () => {
    const config = { width: '260', fit: 'stretch', 'crop-fraction': '0.9', filter: 'bicubic' };
    const { exports } = await instantiate(createHost({ graphs: {}, config }).imports);
    expect(exports['describe']?.()).toEqual({
      width: 260,
      height: 260,
      fit: 'stretch',
      cropFraction: Math.fround(0.9),
      filter: 'bicubic',
      format: 'rgb8',
    });
  });

  it.each([
    { layout: 'nchw', place: (pixel: number, channel: number) => channel * WIDTH * HEIGHT + pixel },
    { layout: 'nhwc', place: (pixel: number, channel: number) => pixel * 3 + channel },
  ] as const)('gives the graph (pixel - mean) / std as $layout', async ({ layout, place }) => {
    const [mean, std] = [
      [123.675, 116.28, 103.53],
      [58.395, 57.12, 57.375],
    ];
    const config = { layout, mean: mean.join(), std: std.join(', ') };
    const { host } = await classify(config, {}, PIXELS, models[layout]);
    const expected = new Float32Array(PIXELS.length);
    PIXELS.forEach((value, i) => {
      const channel = i % 3;
      expected[place((i - channel) / 3, channel)] = (value - (mean[channel] ?? 0)) / (std[channel] ?? 1);
    });
    expect(host.runs[0]?.['input']?.data).toEqual(expected);
  });

  it('reads and writes half precision', async () => {
    const config = { type: 'FP16', mean: '127.5', std: '3', 'top-k': '18', 'score-function': 'none' };
    const { predictions } = await classify(config, {}, PIXELS, models.half);
    const expected = Array.from(PIXELS, (value) => Math.f16round((value - 127.5) / 3));
    expect(predictions.map(({ score }) => score)).toEqual(expected.toSorted((a, b) => b - a));
  });

  it('gives softmax scores, best first', async () => {
    const { predictions } = await classify({ std: '20' });
    const values = Array.from({ length: 18 }, (_, i) => {
      const [channel, pixel] = [Math.floor(i / 6), i % 6];
      return (PIXELS[pixel * 3 + channel] ?? 0) / 20;
    });
    const sum = values.reduce((total, value) => total + Math.exp(value), 0);
    const expected = values
      .map((value, index) => ({ index, score: Math.exp(value) / sum }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, 5);
    expect(predictions.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
    predictions.forEach(({ score }, i) =>
      expect(Math.abs(score - (expected[i]?.score ?? 0))).toBeLessThan(1e-6),
    );
  });

  it('puts the lower index first among equal scores, and gives no more classes than there are', async () => {
    const flat = new Uint8Array(18).fill(9);
    const some = await classify({}, { topK: 3 }, flat);
    expect(some.predictions.map(({ index }) => index)).toEqual([0, 1, 2]);
    const all = await classify({}, { topK: 1000, scoreFunction: 'none' }, flat);
    expect(all.predictions).toEqual(Array.from({ length: 18 }, (_, index) => ({ index, score: 9 })));
  });

  it.each([
    [{ width: '0' }, 'config key "width" is "0", but must be a number from 1 to 4096'],
    [
      { std: '1,0,1' },
      'config key "std" is "1,0,1", but must be one number or 3 above 0, with commas between',
    ],
    [
      { mean: '1,2' },
      'config key "mean" is "1,2", but must be one number or 3 above -Infinity, with commas between',
    ],
    [{ 'top-k': '2.5' }, 'config key "top-k" is "2.5", but must be a whole number'],
    [
      { filter: 'cubic' },
      'config key "filter" is "cubic", but must be one of nearest, bilinear, bicubic, lanczos',
    ],
  ])('refuses the configuration %j', async (config, message) => {
    expect(await failure(() => classify(config))).toMatchObject({ tag: 'internal', val: message });
  });

  it('refuses a misspelt config key', async () => {
    const error = await failure(() => classify({ widht: '3' }));
    expect(error).toMatchObject({ tag: 'internal', val: expect.stringContaining('"widht" is none of') });
  });

  it('carries an error of wasi:nn on, with its code', async () => {
    const error = await failure(() => classify({ graph: 'absent' }));
    expect(error).toMatchObject({
      tag: 'inference',
      val: { code: 'not-found', message: 'no graph "absent"' },
    });
  });

  it('refuses a picture of another size', async () => {
    const error = await failure(() => classify({}, {}, new Uint8Array(5)));
    expect(error).toMatchObject({ tag: 'internal', val: expect.stringContaining('3 x 2 in 5 bytes') });
  });
});
