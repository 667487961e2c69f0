/** A TIFF is shown as other programs show it, or refused: never as another picture. */
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { PictureDecoder } from '../../src/media/picture-decoder.ts';
import { expectColour, wanted } from './support/pictures.ts';
import { tiffFile, type TiffKind } from './support/tiff-writer.ts';

const decoder = new PictureDecoder(SERVICE_LIMITS);
afterAll(async () => decoder[Symbol.asyncDispose]());

const SIZE = [32, 24] as const;
const COLOURS = [
  [240, 40, 20],
  [30, 200, 60],
  [10, 60, 220],
  [250, 250, 250],
] as const;
const GREYS = [20, 240, 90, 160];

/** Number of a pixel's quarter: above left, above right, below left, below right. */
function quarter(x: number, y: number): number {
  return (y < SIZE[1] / 2 ? 0 : 2) + (x < SIZE[0] / 2 ? 0 : 1);
}
const colour = (x: number, y: number, sample: number): number => COLOURS[quarter(x, y)]?.[sample] ?? 255;
const grey = (x: number, y: number): number => GREYS[quarter(x, y)] ?? 0;
const light = (x: number, y: number, sample: number): number => (sample === 1 ? 255 : grey(x, y));

async function expectQuarters(file: Buffer, shades: readonly (readonly number[])[], tolerance: number) {
  const picture = await decoder.decode(file, wanted());
  for (const [at, shade] of shades.entries()) {
    const [red = 0, green = red, blue = red] = shade;
    expectColour(picture, [at % 2 === 0 ? 0.2 : 0.8, at < 2 ? 0.2 : 0.8], [red, green, blue], tolerance);
  }
}

describe('A TIFF is shown rightly:', () => {
  const greys: [string, TiffKind, (x: number, y: number, sample: number) => number, number?][] = [
    ['8 bits', { bits: 8, photometric: 1, samples: 1 }, grey],
    ['16 bits', { bits: 16, photometric: 1, samples: 1 }, (x, y) => grey(x, y) * 257, 1],
    [
      '16 bits, big-endian',
      { bits: 16, photometric: 1, samples: 1, bigEndian: true },
      (x, y) => grey(x, y) * 257,
      1,
    ],
    ['4 bits', { bits: 4, photometric: 1, samples: 1 }, (x, y) => grey(x, y) >> 4, 15],
    ['white is zero', { bits: 8, photometric: 0, samples: 1 }, (x, y) => 255 - grey(x, y)],
    [
      'white is zero, 16 bits',
      { bits: 16, photometric: 0, samples: 1 },
      (x, y) => (255 - grey(x, y)) * 257,
      1,
    ],
    ['white is zero, 4 bits', { bits: 4, photometric: 0, samples: 1 }, (x, y) => 15 - (grey(x, y) >> 4), 15],
    ['with alpha', { bits: 8, photometric: 1, samples: 2, extra: 2 }, light],
    [
      'with alpha, 16 bits',
      { bits: 16, photometric: 1, samples: 2, extra: 2 },
      (...at) => light(...at) * 257,
      1,
    ],
    ['of a kind that is not said', { bits: 8, photometric: 1, samples: 1, sampleFormat: 4 }, grey],
  ];
  it.each(greys)('grey, %s', async (_, kind, value, tolerance = 0) => {
    await expectQuarters(
      tiffFile(SIZE, kind, value),
      GREYS.map((shade) => [shade]),
      tolerance,
    );
  });

  it.each([
    ['black is zero', 1, 0],
    ['white is zero', 0, 1],
  ])('one bit, %s', async (_, photometric, flip) => {
    const kind = { bits: 1, photometric, samples: 1 };
    const file = tiffFile(SIZE, kind, (x, y) => (grey(x, y) >> 7) ^ flip);
    await expectQuarters(file, [[0], [255], [0], [255]], 0);
  });

  const deep = (x: number, y: number, sample: number): number => colour(x, y, sample) * 257;
  const colours: [string, TiffKind, (x: number, y: number, sample: number) => number, number?][] = [
    ['8 bits', { bits: 8, photometric: 2, samples: 3 }, colour],
    ['8 bits, in planes', { bits: 8, photometric: 2, samples: 3, planar: true }, colour],
    ['16 bits', { bits: 16, photometric: 2, samples: 3 }, deep, 1],
    [
      '16 bits, in planes, big-endian',
      { bits: 16, photometric: 2, samples: 3, planar: true, bigEndian: true },
      deep,
      1,
    ],
    ['with alpha', { bits: 8, photometric: 2, samples: 4, extra: 2 }, colour],
    ['with premultiplied alpha', { bits: 8, photometric: 2, samples: 4, extra: 1 }, colour],
    ['with alpha, 16 bits', { bits: 16, photometric: 2, samples: 4, extra: 2 }, deep, 1],
    // Inks reach less than light does.
    [
      'in inks',
      { bits: 8, photometric: 5, samples: 4 },
      (x, y, sample) => (sample === 3 ? 0 : 255 - colour(x, y, sample)),
      100,
    ],
  ];
  it.each(colours)('colour, %s', async (_, kind, value, tolerance = 0) => {
    await expectQuarters(tiffFile(SIZE, kind, value), COLOURS, tolerance);
  });

  it.each([8, 4, 2])('a palette of %i bits', async (bits) => {
    const entries = 2 ** bits;
    const palette = [0, 1, 2].flatMap((sample) =>
      Array.from({ length: entries }, (_, index) => (COLOURS[index]?.[sample] ?? 0) * 257),
    );
    const file = tiffFile(SIZE, { bits, photometric: 3, samples: 1, palette }, quarter);
    await expectQuarters(file, COLOURS, 1);
  });

  it('turned upright', async () => {
    const kind = { bits: 8, photometric: 2, samples: 3, orientation: 3 };
    await expectQuarters(tiffFile(SIZE, kind, colour), COLOURS.toReversed(), 0);
  });

  it.each(['jpeg', 'deflate', 'lzw', 'packbits', 'webp', 'none'] as const)(
    'compressed: %s',
    async (compression) => {
      const raw = Buffer.from(
        Array.from({ length: SIZE[0] * SIZE[1] * 3 }, (_, at) => {
          const pixel = Math.floor(at / 3);
          return colour(pixel % SIZE[0], Math.floor(pixel / SIZE[0]), at % 3);
        }),
      );
      const image = sharp(raw, { raw: { width: SIZE[0], height: SIZE[1], channels: 3 } });
      for (const tile of [false, true]) {
        const file = await image.clone().tiff({ compression, quality: 95, tile }).toBuffer();
        await expectQuarters(file, COLOURS, ['jpeg', 'webp'].includes(compression) ? 25 : 0);
      }
    },
  );
});

describe('A TIFF is refused in words:', () => {
  const NUMBERS = /floating-point, signed or 32-bit numbers.*save it with 8 or 16 bits/;
  const CHANNELS = /not those of a grey, RGB or CMYK picture.*save it as RGB/;
  const share = (x: number, y: number): number => grey(x, y) / 255;
  const kinds: [string, TiffKind, (x: number, y: number, sample: number) => number, RegExp][] = [
    ['float', { bits: 32, sampleFormat: 3, photometric: 1, samples: 1 }, share, NUMBERS],
    ['float colours of 0 to 255', { bits: 32, sampleFormat: 3, photometric: 2, samples: 3 }, colour, NUMBERS],
    ['float of 64 bits', { bits: 64, sampleFormat: 3, photometric: 1, samples: 1 }, share, NUMBERS],
    ['float of 16 bits', { bits: 16, sampleFormat: 3, photometric: 1, samples: 1 }, share, NUMBERS],
    ['32 bits', { bits: 32, photometric: 1, samples: 1 }, (x, y) => grey(x, y) << 23, NUMBERS],
    [
      '32 bits of a kind that is not said',
      { bits: 32, photometric: 1, samples: 1, sampleFormat: 4 },
      grey,
      NUMBERS,
    ],
    ['32 bits, colour, in planes', { bits: 32, photometric: 2, samples: 3, planar: true }, colour, NUMBERS],
    [
      'signed, 8 bits',
      { bits: 8, sampleFormat: 2, photometric: 1, samples: 1 },
      (x, y) => grey(x, y) - 128,
      NUMBERS,
    ],
    ['signed, 16 bits', { bits: 16, sampleFormat: 2, photometric: 2, samples: 3 }, colour, NUMBERS],
    ['complex', { bits: 64, sampleFormat: 6, photometric: 1, samples: 1 }, () => 0, NUMBERS],
    [
      'a channel more that is not alpha',
      { bits: 8, photometric: 2, samples: 4, extra: 0 },
      (x, y, sample) => (sample === 3 ? 0 : colour(x, y, sample)),
      CHANNELS,
    ],
    ['YCbCr', { bits: 8, photometric: 6, samples: 3 }, colour, CHANNELS],
    ['CIE Lab', { bits: 8, photometric: 8, samples: 3 }, colour, CHANNELS],
    ['the raw mosaic of a sensor', { bits: 16, photometric: 32_803, samples: 1 }, grey, CHANNELS],
  ];
  it.each(kinds)('%s', async (_, kind, value, message) => {
    for (const bigEndian of [false, true]) {
      await expect(
        decoder.decode(tiffFile(SIZE, { ...kind, bigEndian }, value), wanted()),
      ).rejects.toMatchObject({
        code: 'unusable-input',
        message: expect.stringMatching(message),
      });
    }
  });
});
