/** Text that `pp-ocr-tiny` reads, through the whole service; test/accuracy holds it to its share of mistakes. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { copyModels, readSample } from '../support/models.ts';
import { editDistance } from './support/edit-distance.ts';
import { clean, PAGE, textPages, type Page } from './support/text-pages.ts';

const MODEL = 'pp-ocr-tiny';

interface Read {
  text: string;
  lines: { text: string; score: number; polygon: [x: number, y: number][] }[];
}

let models: Awaited<ReturnType<typeof copyModels>>;
let sandpiper: Sandpiper;
let pages: Page[];

beforeAll(async () => {
  models = await copyModels([MODEL]);
  sandpiper = await openSandpiper({ models: models.path, logLevel: 'error' });
  pages = await textPages();
});

afterAll(async () => {
  await sandpiper.close();
  await models[Symbol.asyncDispose]();
});

async function read(picture: Uint8Array, parameters = {}): Promise<Read> {
  return (await sandpiper.predict<Read>(MODEL, { picture }, { parameters })).outputs;
}

test('Text that is turned by any angle is read in its own order, and its corners lie around it', async () => {
  const [page] = pages;
  if (page === undefined) throw new Error('there is no page');
  const upright = await clean(page);
  const wanted = page.lines.join('\n');
  for (const angle of [90, -20, 45]) {
    const turned = await sharp(upright).rotate(angle, { background: '#faf8f2' }).png().toBuffer();
    const { text } = await read(turned);
    expect(editDistance(text, wanted) / wanted.length).toBeLessThanOrEqual(0.03);
  }
  // A quarter turn moves the page's pixel (x, y) to (height - y, x).
  const [first] = (await read(upright)).lines;
  const [turnedFirst] = (await read(await sharp(upright).rotate(90).png().toBuffer())).lines;
  const expected = first?.polygon.map(([x, y]) => [PAGE.height - y, x]) ?? [];
  expect(expected).toHaveLength(4);
  for (const [index, [x = 0, y = 0]] of expected.entries()) {
    expect(Math.abs((turnedFirst?.polygon[index]?.[0] ?? Infinity) - x)).toBeLessThan(8);
    expect(Math.abs((turnedFirst?.polygon[index]?.[1] ?? Infinity) - y)).toBeLessThan(8);
  }
});

test('A picture larger than the detector takes is read at its own resolution, in its own pixels', async () => {
  const small = await readSample(MODEL);
  const scale = 6;
  const { width } = await sharp(small.bytes).metadata();
  const large = await sharp(small.bytes)
    .resize({ width: width * scale })
    .png()
    .toBuffer();
  const [one, other] = [await read(small.bytes), await read(large)];
  expect(other.text).toBe(one.text);
  for (const [index, { polygon }] of one.lines.entries()) {
    for (const [corner, [x, y]] of polygon.entries()) {
      const [largeX = 0, largeY = 0] = other.lines[index]?.polygon[corner] ?? [];
      expect(Math.abs(largeX / scale - x)).toBeLessThan(4);
      expect(Math.abs(largeY / scale - y)).toBeLessThan(4);
    }
  }
});

test('Of more lines than the configuration allows the likeliest are read', async () => {
  const config = { 'most-lines': '2' };
  await using few = await copyModels([MODEL], (manifest) => {
    Object.assign(manifest, { config });
    Object.assign(manifest.sample, { expect: {} });
  });
  await using service = await openSandpiper({ models: few.path, logLevel: 'error' });
  const { bytes } = await readSample(MODEL);
  const all = (await read(bytes)).lines.map(({ text }) => text);
  const { outputs } = await service.predict<Read>(MODEL, { picture: bytes });
  expect(all).toHaveLength(3);
  expect(outputs.lines).toHaveLength(2);
  for (const { text } of outputs.lines) expect(all).toContain(text);
});

test('A picture without text gives none, and lines below the threshold are left out', async () => {
  const blank = sharp({ create: { width: 300, height: 200, channels: 3, background: '#88aabb' } });
  expect(await read(await blank.png().toBuffer())).toEqual({ text: '', lines: [] });
  const { bytes } = await readSample(MODEL);
  expect((await read(bytes, { threshold: 1 })).lines).toEqual([]);
  await expect(read(bytes, { threshold: 2 })).rejects.toMatchObject({ code: 'invalid-request' });
});
