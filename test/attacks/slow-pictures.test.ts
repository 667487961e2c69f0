/**
 * Pictures that are slow or large by design: refused by reading where that tells, and otherwise decoded where they
 * cost others nothing. `test/attacks/pictures.test.ts` sends them in crowds.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { PictureDecoder } from '../../src/media/picture-decoder.ts';
import {
  gifOfFrames,
  inflatingProfile,
  inflatingText,
  jpegOfScans,
  plainAvif,
  pngChunk,
  pngWith,
  segment,
  tiffOfPages,
  webpOfFrames,
} from '../media/support/hostile-pictures.ts';
import { wanted } from '../media/support/pictures.ts';

const decoder = new PictureDecoder(SERVICE_LIMITS);
afterAll(async () => decoder[Symbol.asyncDispose]());

const PHONE = [8_160, 6_144] as const;
const SMALL = [10, 10] as const;
const want = wanted({ width: 224, height: 224, fit: 'crop', cropFraction: 0.875 });
const photo = await readFile(new URL('../media/fixtures/jpeg-sos-0-0.jpg', import.meta.url));

const run = promisify(execFile);
const moduleUrl = (name: string): string => new URL(`../../src/media/${name}.ts`, import.meta.url).href;

const refusal = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ name: 'SandpiperError', code, message: expect.stringMatching(message) });

describe('By reading alone, before anything is decoded,', () => {
  it.each<[string, () => Buffer | Promise<Buffer>, RegExp]>([
    ['a JPEG of 2,646 scans', () => jpegOfScans(PHONE, 2_646), /JPEG picture has more than 100 scans/],
    ['a small JPEG of 101 scans', () => jpegOfScans(SMALL, 101), /more than 100 scans/],
    ['a TIFF of 10,001 pages', () => tiffOfPages(10_001), /TIFF picture has more than 10000 pages/],
    ['a BigTIFF of 10,001 pages', () => tiffOfPages(10_001, { big: true }), /more than 10000 pages/],
    ['a GIF of 10,001 frames', () => gifOfFrames(SMALL, 10_001), /GIF picture has more than 10000 frames/],
    ['an animated WebP of 10,001', async () => webpOfFrames(SMALL, 10_001), /more than 10000 frames/],
    ['a GIF whose frame is larger than it says', () => gifFrameBeyond(), /131070 x 131070 pixels/],
    [
      'an AVIF that takes too much memory',
      async () => resized(await plainAvif(SMALL), PHONE),
      /takes too much memory/,
    ],
    ['an AVIF of 20,000 items', async () => manyItems(await plainAvif(SMALL)), /more than 10000 items/],
  ])('%s is refused', async (_, file, message) => {
    const bytes = await file();
    expect(() => decoder.open(bytes, want)).toThrow(refusal('input-too-large', message));
  });

  it.each([false, true])('a TIFF whose pages lead in a circle is refused (BigTIFF: %s)', (big) => {
    for (const pages of [1, 2, 50]) {
      const file = tiffOfPages(pages, { big, circle: true });
      expect(() => decoder.open(file, want)).toThrow(refusal('unusable-input', /in a circle/));
    }
  });

  it('limits of scans and frames are those that are set', async () => {
    await using strict = new PictureDecoder({ ...SERVICE_LIMITS, pictureScans: 9, pictureFrames: 1 });
    expect(() => strict.open(jpegOfScans(SMALL, 10), want)).toThrow(/more than 9 scans/);
    expect(() => strict.open(tiffOfPages(2), want)).toThrow(/more than 1 pages/);
    expect(() => strict.open(gifOfFrames(SMALL, 2), want)).toThrow(/more than 1 frames/);
    await expect(strict.decode(jpegOfScans(SMALL, 9), want)).resolves.toMatchObject({ width: 224 });
    await expect(strict.decode(gifOfFrames(SMALL, 1), want)).resolves.toMatchObject({ width: 224 });
  });

  it('what is larger than the main thread should read through is read where it is decoded', async () => {
    const file = gifOfFrames(SMALL, 600_000);
    expect(decoder.open(file, want).slow).toBe(true);
    await expect(decoder.decode(file, want)).rejects.toEqual(refusal('input-too-large', /10000 frames/));
  });
});

describe('What may be slow is decoded apart, and usual photos are not:', () => {
  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['a JPEG of 100 scans', () => jpegOfScans([2_000, 1_000], 100)],
    ['a JPEG that is coded arithmetically', () => arithmetic(photo)],
    ['a TIFF of 9,999 pages', () => tiffOfPages(9_999)],
    ['a GIF of 9,999 frames', () => gifOfFrames(SMALL, 9_999)],
    ['an animated WebP of 9,999', async () => webpOfFrames(SMALL, 9_999)],
    ['a large animated WebP', async () => webpOfFrames([3_000, 3_000], 3)],
    ['an interlaced PNG', () => pngWith([1_000, 1_000], { interlaced: true })],
    ['a PNG of 25,000 chunks', () => pngWith(SMALL, { before: chunks(25_000) })],
    ['a PNG with 100 MB of text', () => pngWith(SMALL, { before: [inflatingText(100)] })],
    ['a PNG with text behind', () => pngWith(SMALL, { behind: [inflatingText(70)] })],
    ['a PNG with a profile of 100 MB', () => pngWith(SMALL, { before: [inflatingProfile(100)] })],
    ['an AVIF', async () => plainAvif(SMALL)],
  ])('%s', { timeout: 30_000 }, async (_, file) => {
    const bytes = await file();
    expect(decoder.open(bytes, want).slow).toBe(true);
    const outcome = await decoder.decode(bytes, want).catch((thrown: unknown) => thrown);
    if (outcome instanceof Error) expect(outcome).toEqual(refusal('unusable-input', /^Cannot decode/));
    else expect(outcome).toMatchObject({ width: 224, height: 224 });
  });

  it('what takes some time is to be decoded before its turn', async () => {
    expect(decoder.open(photo, want).long).toBe(false);
    expect(decoder.open(await phonePhoto(), want)).toMatchObject({ slow: false, long: true });
    expect(decoder.open(tiffOfPages(1), want)).toMatchObject({ slow: true, long: true });
  });

  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['a photo', () => photo],
    ['a progressive JPEG of ten scans', () => jpegOfScans([1_600, 900], 10)],
    ['a PNG', () => pngWith([1_000, 1_000], {})],
    ['a GIF of 20 frames', () => gifOfFrames([500, 400], 20)],
    ['a photo of 12 megapixels', async () => phonePhoto()],
  ])('%s: quick', async (_, file) => {
    expect(decoder.open(await file(), want).slow).toBe(false);
  });
});

describe('A process that decodes slow pictures', () => {
  it('is killed at the limit of memory, with words', async () => {
    await using poor = new PictureDecoder({ ...SERVICE_LIMITS, pictureMemoryBytes: 60 * 2 ** 20 });
    const file = jpegOfScans([5_000, 4_000], 50);
    await expect(poor.decode(file, want)).rejects.toEqual(
      refusal('unusable-input', /takes more than 60 MB of memory; send it smaller/),
    );
    await expect(poor.decode(tiffOfPages(2), want)).resolves.toMatchObject({ width: 224 });
  });

  it('is killed at the limit of time, and another one takes its place', async () => {
    await using hasty = new PictureDecoder({ ...SERVICE_LIMITS, pictureDecodeMs: 150 });
    await expect(hasty.decode(jpegOfScans(PHONE, 100), want)).rejects.toEqual(
      refusal('unusable-input', /took longer than 150 ms/),
    );
    await using patient = new PictureDecoder(SERVICE_LIMITS);
    await expect(patient.decode(tiffOfPages(2), want)).resolves.toMatchObject({ width: 224 });
  });

  it('is killed when its caller goes', async () => {
    const controller = new AbortController();
    const decoding = decoder.decode(jpegOfScans(PHONE, 100), want, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(decoding).rejects.toEqual(refusal('client-gone', /given up/));
    await expect(decoder.decode(tiffOfPages(2), want)).resolves.toMatchObject({ width: 224 });
  });

  it('leaves a place to other clients, and photos go on beside it', { timeout: 30_000 }, async () => {
    await using shared = new PictureDecoder({ ...SERVICE_LIMITS, pictureDecodeMs: 60_000 });
    const slow = jpegOfScans(PHONE, 30);
    let done = 0;
    const crowd = Array.from({ length: 3 }, async () =>
      shared.decode(slow, want, { client: 'greedy' }).finally(() => done++),
    );
    await shared.decode(tiffOfPages(2), want, { client: 'modest' });
    await shared.decode(photo, want, { client: 'other' });
    // Had they waited for their turn behind the crowd, all of it would be done.
    expect(done).toBeLessThan(3);
    await Promise.all(crowd);
  });

  it('does not keep its starter alive', async () => {
    const program = `
      const { PictureDecoder } = await import(${JSON.stringify(moduleUrl('picture-decoder'))});
      const { SERVICE_LIMITS } = await import(${JSON.stringify(moduleUrl('../config/limits'))});
      const decoder = new PictureDecoder(SERVICE_LIMITS);
      await decoder.decode(Buffer.from(${JSON.stringify(tiffOfPages(2).toString('base64'))}, 'base64'), ${JSON.stringify(want)});
      console.log('decoded');`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      timeout: 25_000,
    });
    expect(stdout).toBe('decoded\n');
  });

  it('ends with the decoder, and what waits for it is refused', async () => {
    const closing = new PictureDecoder(SERVICE_LIMITS);
    const decoding = Promise.allSettled(
      Array.from({ length: 4 }, async () => closing.decode(jpegOfScans(PHONE, 100), want)),
    );
    await closing[Symbol.asyncDispose]();
    for (const outcome of await decoding) {
      expect(outcome).toEqual({ status: 'rejected', reason: refusal('not-ready', /closing/) });
    }
  });
});

async function phonePhoto(): Promise<Buffer> {
  return sharp(photo, { failOn: 'error' })
    .resize(4_000, 3_000, { kernel: 'nearest', fit: 'fill' })
    .jpeg()
    .toBuffer();
}

/** Its first frame reaches as far as 16 bits go, twice. */
function gifFrameBeyond(): Buffer {
  const file = gifOfFrames(SMALL, 1);
  const frame = file.indexOf(0x2c, 13);
  for (const at of [1, 3, 5, 7]) file.writeUInt16LE(0xffff, frame + at);
  return file;
}

/** The picture with another size in its header. */
function resized(avif: Buffer, [width, height]: readonly [number, number]): Buffer {
  const at = avif.indexOf('ispe') + 8;
  avif.writeUInt32BE(width, at);
  avif.writeUInt32BE(height, at + 4);
  return avif;
}

function manyItems(avif: Buffer): Buffer {
  avif.writeUInt16BE(20_000, avif.indexOf('iinf') + 8);
  return avif;
}

/** The frame's marker says so; the data are not. */
function arithmetic(jpeg: Buffer): Buffer {
  const at = jpeg.indexOf(Buffer.of(0xff, 0xc0));
  return Buffer.concat([
    jpeg.subarray(0, at),
    segment(0xcc, [0, 0x10]),
    Buffer.of(0xff, 0xc9),
    jpeg.subarray(at + 2),
  ]);
}

function chunks(count: number): Buffer[] {
  return Array<Buffer>(count).fill(pngChunk('abCd', Buffer.alloc(0)));
}
