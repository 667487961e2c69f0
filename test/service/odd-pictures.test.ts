/** Pictures that other programs read, through the whole service: the right label, or a refusal in words. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { imageModel, readSample, modelsOf } from '../support/models.ts';
import { tiffFile, type TiffKind } from '../media/support/tiff-writer.ts';

let service: Sandpiper;
beforeAll(async () => {
  service = await openSandpiper({ models: modelsOf([imageModel]), logLevel: 'silent' });
});
afterAll(async () => service.close(1_000));

const { bytes: sample } = await readSample(imageModel);
const { data, info } = await sharp(sample)
  .removeAlpha()
  .toColourspace('srgb')
  .raw()
  .toBuffer({ resolveWithObject: true });

const colour = (x: number, y: number, channel: number): number =>
  data[(y * info.width + x) * info.channels + channel] ?? 0;
const tiff = (kind: TiffKind, value: Parameters<typeof tiffFile>[2]): Buffer =>
  tiffFile([info.width, info.height], kind, value);
const fixture = async (name: string): Promise<Buffer> =>
  readFile(new URL(`../media/fixtures/${name}`, import.meta.url));

describe('A picture is labelled rightly:', () => {
  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ['a JPEG of an unknown JFIF version', async () => fixture('jpeg-jfif-2.01.jpg')],
    ['a JPEG with scan parameters 0 to 0', async () => fixture('jpeg-sos-0-0.jpg')],
    ['a progressive JPEG', async () => sharp(sample).jpeg({ progressive: true }).toBuffer()],
    [
      'of 50 megapixels, as phones take them',
      async () => sharp(sample).resize(8_160, 6_144, { kernel: 'nearest' }).jpeg().toBuffer(),
    ],
    [
      'a TIFF of 16 bits',
      () => tiff({ bits: 16, photometric: 2, samples: 3 }, (...at) => colour(...at) * 257),
    ],
    [
      'a TIFF in inks',
      () =>
        tiff({ bits: 8, photometric: 5, samples: 4 }, (x, y, ink) =>
          ink === 3 ? 0 : 255 - colour(x, y, ink),
        ),
    ],
    ['an AVIF', async () => sharp(sample).avif({ effort: 0 }).toBuffer()],
    ['a GIF', async () => sharp(sample).gif().toBuffer()],
  ])('%s', { timeout: 60_000 }, async (_, file) => {
    const { predictions } = await service.classify(imageModel, await file());
    expect(predictions[0]?.label).toBe('espresso');
  });
});

it('A float TIFF is refused in words', async () => {
  const file = tiff(
    { bits: 32, sampleFormat: 3, photometric: 2, samples: 3 },
    (...at) => colour(...at) / 255,
  );
  await expect(service.classify(imageModel, file)).rejects.toMatchObject({
    code: 'unusable-input',
    message: expect.stringMatching(/floating-point/),
  });
});
