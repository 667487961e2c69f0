/** Pictures that tests make, and what they expect of one that comes back. */
import { deflateSync, crc32 } from 'node:zlib';
import { expect } from 'vitest';
import type { PictureInput, Picture } from '../../../src/media/picture-decoder.ts';

/** `image-input` of a usual classifier, with what a test wants otherwise. */
export function wanted(changes: Partial<PictureInput> = {}): PictureInput {
  return {
    width: 32,
    height: 32,
    fit: 'stretch',
    cropFraction: 1,
    filter: 'bilinear',
    format: 'rgb8',
    ...changes,
  };
}

type Colour = readonly [red: number, green: number, blue: number];

/** Checks the colour of the pixel at a share of the width and of the height. */
export function expectColour(
  picture: Picture,
  [x, y]: [number, number],
  colour: Colour,
  tolerance = 0,
): void {
  const at = (Math.floor(y * picture.height) * picture.width + Math.floor(x * picture.width)) * 3;
  const found = [...picture.pixels.subarray(at, at + 3)];
  const distance = Math.max(...found.map((value, channel) => Math.abs(value - (colour[channel] ?? 0))));
  if (distance > tolerance) expect(found).toEqual(colour);
}

/** A black PNG of any size: bytes are written as they are, so that the header may say what it likes. */
export function blackPng(
  width: number,
  height: number,
  data = Buffer.alloc(height * (width * 3 + 1)),
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(data)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), body]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([size, named, sum]);
}
