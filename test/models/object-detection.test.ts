import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InferenceClient } from '@huggingface/inference';
import type { Sandpiper } from '../../src/index.ts';
import { copyModels, modelsDir, readSample } from '../support/models.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { overlap } from './overlap.ts';

const MODEL = 'nanodet-g-416';

interface Detections {
  detections: readonly {
    label: string;
    score: number;
    box: { xmin: number; ymin: number; xmax: number; ymax: number };
  }[];
}

/** Objects that the network found in the sample before it was quantised, by recipe/evaluate.py. */
const ORIGINAL = [
  { label: 'person', score: 0.713, box: { xmin: 7.6, ymin: 8.6, xmax: 222.2, ymax: 310.7 } },
  { label: 'cat', score: 0.6, box: { xmin: 310.3, ymin: 2.6, xmax: 759.2, ymax: 311.9 } },
];

let server: TestServer;
let sandpiper: Sandpiper;
let models: Awaited<ReturnType<typeof copyModels>>;
let sample: Buffer<ArrayBuffer>;

beforeAll(async () => {
  models = await copyModels([MODEL]);
  server = await startServer({ models: models.path });
  sandpiper = server.service;
  ({ bytes: sample } = await readSample(MODEL));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

async function detect(
  image: Buffer,
  parameters: Record<string, number> = {},
): Promise<Detections['detections']> {
  const { outputs } = await sandpiper.predict<Detections>(MODEL, { image }, { parameters });
  return outputs.detections;
}

it('finds what the original finds: the same classes, boxes that share 0.9, scores within 0.05', async () => {
  const found = await detect(sample);
  expect(found.map(({ label }) => label)).toEqual(ORIGINAL.map(({ label }) => label));
  for (const [index, { score, box }] of ORIGINAL.entries()) {
    const one = found[index] ?? expect.fail();
    expect(one.score).toBeCloseTo(score, 1);
    expect(Math.abs(one.score - score)).toBeLessThanOrEqual(0.05);
    expect(overlap(one.box, box)).toBeGreaterThanOrEqual(0.9);
  }
});

it.for([
  { what: 'twice as large', change: (image: Sharp) => image.resize(1562), scale: 2, left: 0, top: 0 },
  {
    what: 'in a larger one',
    change: (image: Sharp) => image.extend({ left: 119, right: 0, top: 100, bottom: 88 }),
    scale: 1,
    left: 119,
    top: 100,
  },
])('gives boxes in pixels of the picture that was sent: $what', async ({ change, scale, left, top }) => {
  const found = await detect(await change(sharp(sample)).jpeg().toBuffer());
  for (const { label, box } of ORIGINAL) {
    const moved = {
      xmin: box.xmin * scale + left,
      ymin: box.ymin * scale + top,
      xmax: box.xmax * scale + left,
      ymax: box.ymax * scale + top,
    };
    const one = found.find((each) => each.label === label) ?? expect.fail(`no ${label}`);
    expect(overlap(one.box, moved)).toBeGreaterThan(0.85);
  }
});

it('gives boxes within the picture, best first, in whole pixels', async () => {
  const found = await detect(sample, { threshold: 0, max_results: 1000 });
  expect(found.length).toBeGreaterThan(100);
  expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
  const { width, height } = await sharp(sample).metadata();
  for (const { box } of found) {
    expect(Object.values(box).every(Number.isInteger)).toBe(true);
    expect(box.xmin).toBeGreaterThanOrEqual(0);
    expect(box.ymin).toBeGreaterThanOrEqual(0);
    expect(box.xmax).toBeLessThanOrEqual(width);
    expect(box.ymax).toBeLessThanOrEqual(height);
  }
});

it('gives as few as are asked for, and none that are less likely', async () => {
  await expect(detect(sample, { max_results: 1 })).resolves.toHaveLength(1);
  await expect(detect(sample, { threshold: 0.65 })).resolves.toHaveLength(1);
  await expect(detect(sample, { threshold: 1 })).resolves.toEqual([]);
});

it('finds nothing where there is nothing, and in a picture of a single pixel', async () => {
  const grey = sharp({ create: { width: 300, height: 200, channels: 3, background: '#808080' } });
  await expect(detect(await grey.png().toBuffer())).resolves.toEqual([]);
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: '#ff0000' } });
  await expect(detect(await pixel.png().toBuffer(), { threshold: 0.9 })).resolves.toEqual([]);
});

it('is read by the client of Hugging Face, which may ask for a threshold', async () => {
  const url = `${server.url}/models/${MODEL}`;
  const inputs = new Blob([sample]);
  const client = new InferenceClient('any');
  await expect(client.endpoint(url).objectDetection({ inputs })).resolves.toEqual(await detect(sample));
  // It drops the parameters of a bare file, so they are in the URL.
  await expect(client.endpoint(`${url}?threshold=0.65`).objectDetection({ inputs })).resolves.toHaveLength(1);
});

it('refuses a threshold that is none, and what is no picture', async () => {
  await expect(detect(sample, { threshold: 1.5 })).rejects.toMatchObject({ code: 'invalid-request' });
  await expect(detect(sample, { max_results: 0 })).rejects.toMatchObject({ code: 'invalid-request' });
  const labels = await readFile(join(modelsDir, MODEL, '1', 'labels.txt'));
  await expect(detect(labels)).rejects.toMatchObject({ status: 415 });
});
