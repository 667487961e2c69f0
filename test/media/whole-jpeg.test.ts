/** JPEG files that make decoders complain: the picture is shown where it is whole, and refused where it is not. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { PictureDecoder } from '../../src/media/picture-decoder.ts';
import { segment } from './support/hostile-pictures.ts';
import { wanted } from './support/pictures.ts';

const decoder = new PictureDecoder(SERVICE_LIMITS);
afterAll(async () => decoder[Symbol.asyncDispose]());

const ALL = wanted({ width: 64, height: 64 });
/** As a classifier asks: what lies at the edges is not needed. */
const CROP = wanted({ width: 56, height: 56, fit: 'crop', cropFraction: 0.875 });

/** With a JFIF header and 4:2:0 chroma. */
const photo = await plainPhoto();
const progressive = await sharp(photo).jpeg({ progressive: true }).toBuffer();
const turned = await sharp(photo).withMetadata({ orientation: 6 }).jpeg().toBuffer();
const wide = await sharp(photo).withIccProfile('p3').jpeg().toBuffer();
const inks = await sharp(photo).toColourspace('cmyk').jpeg().toBuffer();

const end = photo.length - 2;
const scan = scanOf(photo);
const second = 4 + photo.readUInt16BE(4);
const noise = Buffer.from(Array.from({ length: 100 }, (_, at) => (at * 37) & 0x7f));

describe('A JPEG of which only the header is odd is shown:', () => {
  const cases: [string, Buffer, Buffer][] = [
    ['an unknown JFIF version', set(photo, 11, 2, 1), photo],
    ['densities and a thumbnail that make no sense', set(photo, 13, 9, 0, 0, 0, 0, 7, 7), photo],
    ['scan parameters 0 to 0 where there is no choice', set(photo, scan.end - 3, 0, 0, 0), photo],
    ['scan parameters of a progressive one', set(photo, scan.end - 3, 5, 2, 0x13), photo],
    ['stray bytes between segments', put(photo, second, noise), photo],
    ['stray bytes before the scan', put(photo, scan.start, noise), photo],
    ['filling before a marker', put(photo, second, Buffer.alloc(9, 0xff)), photo],
    ['zeros before the end', put(photo, end, Buffer.alloc(5_000)), photo],
    ['other bytes before the end', put(photo, end, noise), photo],
    ['no end, though all pixels', photo.subarray(0, end), photo],
    ['anything behind the end', Buffer.concat([photo, noise, photo.subarray(0, 2_000)]), photo],
    ['two starts', put(photo, 2, Buffer.of(0xff, 0xd8)), photo],
    ['a reserved marker', put(photo, second, Buffer.of(0xff, 0x02, 0, 4, 1, 2)), photo],
    ['an unknown Adobe transform', put(photo, second, app(0xee, 'Adobe\0\x64\0\0\0\0\x07')), photo],
    ['a short Adobe segment', put(photo, second, app(0xee, 'Adobe\0')), photo],
    ['EXIF that leads nowhere', put(photo, second, app(0xe1, 'Exif\0\0II*\0\xff\xff\xff\x7f')), photo],
    ['EXIF that is none', put(photo, second, app(0xe1, 'Exif\0\0nothing of the kind')), photo],
    ['a profile that is none', put(photo, second, app(0xe2, 'ICC_PROFILE\0\x01\x01none')), photo],
    ['a part of a profile', put(photo, second, app(0xe2, 'ICC_PROFILE\0\x05\x03abc')), photo],
    ['XMP that is cut', put(photo, second, app(0xe1, 'http://ns.adobe.com/xap/1.0/\0<x:')), photo],
    ['Photoshop blocks that are cut', put(photo, second, app(0xed, 'Photoshop 3.0\x008BIM\xff\xff')), photo],
    ['a progressive one with stray bytes', put(progressive, scanOf(progressive).start, noise), progressive],
    ['one that is to be turned', put(turned, scanOf(turned).start, noise), turned],
    ['one with a profile', put(wide, scanOf(wide).start, noise), wide],
    ['one in inks', put(inks, scanOf(inks).start, noise), inks],
  ];
  it.each(cases)('%s', async (_, file, same) => {
    for (const want of [ALL, CROP]) {
      const [{ pixels }, expected] = [await decoder.decode(file, want), await decoder.decode(same, want)];
      expect(Buffer.compare(pixels, expected.pixels)).toBe(0);
    }
  });
});

describe('A JPEG of which pixels are missing is refused:', () => {
  const half = photo.subarray(0, photo.length / 2);
  const marker = Buffer.of(0xff, 0xd9);
  const cases: [string, Buffer][] = [
    ['cut in the middle', half],
    ['cut in the middle, with an end', Buffer.concat([half, marker])],
    ['cut in the middle, zeros behind it', Buffer.concat([half, Buffer.alloc(half.length)])],
    ['cut in the middle, an odd header', set(half, 11, 2, 1)],
    ['cut by one byte', photo.subarray(0, end - 1)],
    ['cut by the last row, which a crop does not need', photo.subarray(0, end - 40)],
    ['cut by a byte, stray bytes in the header', put(photo, second, noise).subarray(0, end + 99)],
    ['a progressive one without its end', progressive.subarray(0, -2)],
    ['a progressive one without its last scan', withoutLastScan(progressive)],
    ['nothing behind the header', photo.subarray(0, scan.end)],
  ];
  it.each(cases)('%s', async (_, file) => {
    for (const want of [ALL, CROP]) {
      await expect(decoder.decode(file, want)).rejects.toMatchObject({
        code: 'unusable-input',
        message: expect.stringMatching(/^Cannot decode the JPEG picture: it is damaged, cut short/),
      });
    }
  });
});

describe('A progressive JPEG that ends between two of its scans, with an end, is refused:', () => {
  const scans = progressive.toString('latin1').split('\xff\xda').length - 1;

  it.each(Array.from({ length: scans - 1 }, (_, index) => index + 1))('after scan %i', async (kept) => {
    const file = ofScans(progressive, kept);
    for (const bytes of [file, put(file, 2, app(0xe0, 'JFIF\0\x02\x01\0\0\x01\0\x01\0\0'))]) {
      for (const want of [ALL, CROP]) {
        await expect(decoder.decode(bytes, want)).rejects.toMatchObject({
          code: 'unusable-input',
          message: expect.stringMatching(/cut short: its last scans are missing; send the whole file$/),
        });
      }
    }
  });

  it('and shown where none is missing, though zeros follow', async () => {
    const [shown, same] = await Promise.all([
      decoder.decode(Buffer.concat([progressive, Buffer.alloc(9)]), ALL),
      decoder.decode(progressive, ALL),
    ]);
    expect(Buffer.compare(shown.pixels, same.pixels)).toBe(0);
  });
});

async function plainPhoto(): Promise<Buffer> {
  const odd = await readFile(new URL('fixtures/jpeg-jfif-2.01.jpg', import.meta.url));
  return set(odd, 11, 1, 1);
}

function set(bytes: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
}

function put(bytes: Buffer, at: number, more: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function app(marker: number, text: string): Buffer {
  return segment(marker, Buffer.from(text, 'latin1'));
}

function scanOf(bytes: Buffer): { start: number; end: number } {
  let at = 2;
  while (bytes[at + 1] !== 0xda) at += 2 + bytes.readUInt16BE(at + 2);
  return { start: at, end: at + 2 + bytes.readUInt16BE(at + 2) };
}

/** The picture as it was after so many of its scans, with an end. */
function ofScans(bytes: Buffer, scans: number): Buffer {
  let at = -1;
  for (let number = 0; number <= scans; number++) at = bytes.indexOf(Buffer.of(0xff, 0xda), at + 1);
  const tables = bytes.lastIndexOf(Buffer.of(0xff, 0xc4), at);
  const before = bytes.lastIndexOf(Buffer.of(0xff, 0xda), at - 1);
  return Buffer.concat([bytes.subarray(0, tables > before ? tables : at), Buffer.of(0xff, 0xd9)]);
}

function withoutLastScan(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(Buffer.of(0xff, 0xda)));
}
