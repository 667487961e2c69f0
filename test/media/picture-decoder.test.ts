import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { SandpiperError } from '../../src/errors.ts';
import { type Picture, PictureDecoder, type PictureInput } from '../../src/media/picture-decoder.ts';
import { blackPng, expectColour, wanted } from './support/pictures.ts';

const LIMITS = { ...SERVICE_LIMITS, picturePixels: 50_000_000 };
const decoder = new PictureDecoder(LIMITS);
afterAll(async () => decoder[Symbol.asyncDispose]());

const RED = [255, 0, 0] as const;
const GREEN = [0, 255, 0] as const;
const BLUE = [0, 0, 255] as const;
const WHITE = [255, 255, 255] as const;
const BLACK = [0, 0, 0] as const;

/** Quarters of red, green (above), blue and white (below). */
async function quarters(width: number, height: number) {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    const right = at % width >= width / 2;
    const below = at >= (width * height) / 2;
    pixels.set(below ? (right ? WHITE : BLUE) : right ? GREEN : RED, at * 3);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

const decode = async (bytes: Uint8Array, changes: Partial<PictureInput> = {}): Promise<Picture> =>
  decoder.decode(bytes, wanted(changes));

function expectQuarters(picture: Picture, tolerance: number): void {
  expectColour(picture, [0.2, 0.2], RED, tolerance);
  expectColour(picture, [0.8, 0.2], GREEN, tolerance);
  expectColour(picture, [0.2, 0.8], BLUE, tolerance);
  expectColour(picture, [0.8, 0.8], WHITE, tolerance);
}

describe('PictureDecoder', () => {
  const formats: [string, (image: Sharp) => Sharp, number][] = [
    ['JPEG', (image) => image.jpeg({ quality: 95 }), 6],
    ['progressive JPEG', (image) => image.jpeg({ quality: 95, progressive: true }), 6],
    ['PNG', (image) => image.png(), 0],
    ['PNG with a palette', (image) => image.png({ palette: true, dither: 0 }), 1],
    ['WebP', (image) => image.webp({ quality: 95 }), 6],
    ['lossless WebP', (image) => image.webp({ lossless: true }), 0],
    ['AVIF', (image) => image.avif({ quality: 80, effort: 0 }), 8],
    ['GIF', (image) => image.gif(), 1],
    ['TIFF', (image) => image.tiff({ compression: 'lzw' }), 0],
  ];
  it.each(formats)('decodes %s', async (_, encode, tolerance) => {
    const file = await encode(await quarters(64, 48)).toBuffer();
    const picture = await decode(file);
    expect(picture).toMatchObject({ width: 32, height: 32, format: 'rgb8' });
    expect(picture.pixels).toHaveLength(32 * 32 * 3);
    expectQuarters(picture, tolerance);
  });

  it.each(['avis', 'MA1B', 'miaf', 'mif1'])(
    'decodes AVIF that names %s first, as animations do',
    async (brand) => {
      const file = await (await quarters(64, 48)).avif({ quality: 80, effort: 0 }).toBuffer();
      file.write(brand, 8);
      expectQuarters(await decode(file), 8);
    },
  );

  it('scales while it decodes without moving what is seen', async () => {
    for (const encode of [(image: Sharp) => image.jpeg(), (image: Sharp) => image.webp()]) {
      expectQuarters(await decode(await encode(await quarters(2_000, 1_500)).toBuffer()), 8);
    }
  });

  it('owns its pixels, which can be transferred to a thread', async () => {
    const { pixels } = await decode(await (await quarters(64, 64)).png().toBuffer());
    expect(pixels.byteLength).toBe(pixels.buffer.byteLength);
    expect(structuredClone(pixels, { transfer: [pixels.buffer] })).toHaveLength(32 * 32 * 3);
    expect(pixels).toHaveLength(0);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns EXIF orientation %i upright', async (orientation) => {
    // How a camera would have stored the upright picture: the opposite of what the orientation asks for.
    const upright = await (await quarters(64, 48)).png().toBuffer();
    const stored = {
      1: sharp(upright),
      2: sharp(upright).flop(),
      3: sharp(upright).rotate(180),
      4: sharp(upright).flip(),
      5: sharp(await sharp(upright).rotate(90).toBuffer()).flop(),
      6: sharp(upright).rotate(270),
      7: sharp(await sharp(upright).rotate(270).toBuffer()).flop(),
      8: sharp(upright).rotate(90),
    }[orientation];
    const file = await stored?.withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    expectQuarters(await decode(file ?? Buffer.alloc(0), { fit: 'crop' }), 6);
  });

  it('shows grey, 16-bit and CMYK pictures as sRGB', async () => {
    const grey = (await quarters(64, 64)).greyscale().png();
    expectColour(await decode(await grey.toBuffer()), [0.8, 0.8], WHITE);
    const deep = (await quarters(64, 64)).toColourspace('rgb16').png();
    expectQuarters(await decode(await deep.toBuffer()), 1);
    const print = (await quarters(64, 64)).toColourspace('cmyk').jpeg({ quality: 100 });
    const picture = await decode(await print.toBuffer());
    expectColour(picture, [0.8, 0.8], WHITE, 3);
    // Inks reach less than light does.
    expectColour(picture, [0.2, 0.2], [237, 28, 36], 40);
  });

  it.each(['srgb', 'rgb16'])('converts a Display P3 profile to sRGB (%s)', async (depth) => {
    const colour = { r: 230, g: 60, b: 40 };
    const plain = await sharp({ create: { width: 8, height: 8, channels: 3, background: colour } })
      .png()
      .toBuffer();
    const wide = await sharp(plain).withIccProfile('p3').toColourspace(depth).png().toBuffer();
    const raw = await sharp(wide, { ignoreIcc: true }).raw().toBuffer();
    expect(raw[0]).toBe(212);
    expectColour(await decode(wide), [0.5, 0.5], [230, 60, 40], 1);
  });

  it('shows what is transparent over white', async () => {
    const create = {
      width: 8,
      height: 8,
      channels: 4,
      background: { r: 255, g: 0, b: 0, alpha: 0.5 },
    } as const;
    for (const file of [
      await sharp({ create }).png().toBuffer(),
      await sharp({ create }).webp().toBuffer(),
    ]) {
      expectColour(await decode(file), [0.5, 0.5], [255, 127, 127], 2);
    }
    const clear = { ...create, background: { r: 0, g: 0, b: 0, alpha: 0 } };
    expectColour(await decode(await sharp({ create: clear }).gif().toBuffer()), [0.5, 0.5], WHITE);
    const grey = await sharp({ create: clear }).toColourspace('b-w').png().toBuffer();
    expectColour(await decode(grey), [0.5, 0.5], WHITE);
  });

  it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
    const frames = await Promise.all(
      ['red', 'blue'].map(async (background) =>
        sharp({ create: { width: 16, height: 16, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const file = await sharp(frames, { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    expectColour(await decode(file), [0.5, 0.5], RED, 3);
  });

  it('gives luma by ITU-R BT.601 for gray8', async () => {
    const { pixels, format } = await decode(await (await quarters(64, 64)).png().toBuffer(), {
      format: 'gray8',
    });
    expect(format).toBe('gray8');
    expect(pixels).toHaveLength(32 * 32);
    expect([pixels[0], pixels[31], pixels[31 * 32], pixels[31 * 32 + 31]]).toEqual([76, 150, 29, 255]);
  });
});

describe('PictureDecoder fits', () => {
  it('crop as "shorter side to 256, centre crop of 224"', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    for (const [width, height] of [
      [500, 333],
      [333, 500],
      [300, 300],
      [1_801, 1_200],
    ] as const) {
      const file = await sharp({ create: { width, height, channels: 3, background: 'grey', noise } })
        .blur(3)
        .png()
        .toBuffer();
      const scale = 256 / Math.min(width, height);
      const [scaledWidth, scaledHeight] = [Math.round(width * scale), Math.round(height * scale)];
      const whole = await sharp(file)
        .resize(scaledWidth, scaledHeight, { fit: 'fill', kernel: 'linear' })
        .png()
        .toBuffer();
      const left = Math.floor((scaledWidth - 256 + 1) / 2) + 16;
      const top = Math.floor((scaledHeight - 256 + 1) / 2) + 16;
      const expected = await sharp(whole).extract({ left, top, width: 224, height: 224 }).raw().toBuffer();
      const crop = await decode(file, { width: 224, height: 224, fit: 'crop', cropFraction: 0.875 });
      const worst = crop.pixels.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? 0))),
        0,
      );
      expect(worst).toBeLessThanOrEqual(2);
    }
  });

  it('pad with black at the centre', async () => {
    const file = await sharp({ create: { width: 64, height: 16, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const picture = await decode(file, { fit: 'pad' });
    expectColour(picture, [0.5, 0.5], RED);
    for (const y of [0.1, 0.3, 0.7, 0.9]) expectColour(picture, [0.5, y], BLACK);
  });

  it('stretch each axis alone', async () => {
    expectQuarters(await decode(await (await quarters(200, 20)).png().toBuffer(), { fit: 'stretch' }), 0);
  });

  it.each(['nearest', 'bilinear', 'bicubic', 'lanczos'] as const)('with the filter %s', async (filter) => {
    const small = await (await quarters(2, 2)).png().toBuffer();
    const { pixels } = await decode(small, { filter });
    const shades = new Set(pixels);
    if (filter === 'nearest') expect(shades.size).toBe(2);
    else expect(shades.size).toBeGreaterThan(10);
  });

  it.each([
    [1, 100_000],
    [100_000, 1],
    [1, 1],
  ])('a picture of %i x %i without growing it whole', async (width, height) => {
    for (const fit of ['crop', 'pad', 'stretch'] as const) {
      const picture = await decode(blackPng(width, height), {
        fit,
        width: 224,
        height: 224,
        cropFraction: 0.875,
      });
      expect(picture.pixels).toHaveLength(224 * 224 * 3);
    }
  });
});

describe('PictureDecoder refuses', () => {
  const refusal = (code: string, message: RegExp): unknown =>
    expect.objectContaining({ name: 'SandpiperError', code, message: expect.stringMatching(message) });

  it('an empty body', async () => {
    await expect(decode(new Uint8Array())).rejects.toEqual(refusal('invalid-request', /empty: send JPEG/));
  });

  it.each([
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['PDF', Buffer.from('%PDF-1.7\n')],
    ['BMP', Buffer.from('BM\x3a\0\0\0\0\0\0\0')],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')],
    ['a PPM', Buffer.from('P6 1 1 255\n\0\0\0')],
    ['text', Buffer.from('hello')],
  ])('%s, naming what is accepted', async (_, file) => {
    await expect(decode(file)).rejects.toEqual(
      refusal('unsupported-media', /send JPEG, PNG, WebP, AVIF, GIF or TIFF/),
    );
  });

  it.each(['', 'data:image/png;base64,'])('a picture in base64 that nobody declared: %s', async (before) => {
    const photo = await (await quarters(60, 40)).jpeg().toBuffer();
    const file = Buffer.from(before + photo.toString('base64'));
    await expect(decode(file)).rejects.toEqual(
      refusal('unsupported-media', /is text in base64 and not a picture: decode it, or declare it/),
    );
  });

  it('nothing on behalf of others in this process: the library is left as it was', async () => {
    expect(sharp.cache()).toMatchObject({ memory: { max: 50 } });
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect((await sharp(svg).metadata()).format).toBe('svg');
  });

  it('more pixels than the limit, by the header alone', async () => {
    const bomb = blackPng(60_000, 60_000, Buffer.alloc(10));
    await expect(decode(bomb)).rejects.toEqual(
      refusal('input-too-large', /60000 x 60000 pixels, 3600000000 in all, and at most 50000000/),
    );
    await expect(decode(blackPng(1, 100_001))).rejects.toEqual(
      refusal('input-too-large', /1 x 100001 pixels, and at most 100000 to a side/),
    );
    const picture = blackPng(20, 10);
    await using roomy = new PictureDecoder({ ...LIMITS, picturePixels: 200 });
    const exactly = await roomy.decode(picture, wanted());
    expect(exactly.width).toBe(32);
    await using strict = new PictureDecoder({ ...LIMITS, picturePixels: 199 });
    await expect(strict.decode(picture, wanted())).rejects.toEqual(
      refusal('input-too-large', /200 in all, and at most 199/),
    );
  });

  it('a damaged or cut picture, without a word of the decoder', async () => {
    const source = await quarters(300, 200);
    for (const file of [
      await source.clone().jpeg().toBuffer(),
      await source.clone().png({ compressionLevel: 0 }).toBuffer(),
      await source.clone().webp({ lossless: true }).toBuffer(),
      await source.clone().avif({ effort: 0 }).toBuffer(),
      await source.clone().gif().toBuffer(),
      await source.clone().tiff({ compression: 'none' }).toBuffer(),
    ]) {
      for (const share of [0.2, 0.6]) {
        const cut = file.subarray(0, Math.max(16, file.length * share));
        await expect(decode(cut)).rejects.toEqual(
          refusal(
            'unusable-input',
            /^Cannot decode the \w+ picture: it is damaged, cut short or of an unusual/,
          ),
        );
      }
    }
  });

  it('a picture that takes longer to decode than its limit', async () => {
    const slow = blackPng(100_000, 500);
    const want = wanted({ width: 4_096, height: 4_096, filter: 'lanczos' });
    await using hasty = new PictureDecoder({ ...LIMITS, pictureDecodeMs: 300 });
    await expect(hasty.decode(slow, want)).rejects.toEqual(
      refusal('unusable-input', /took longer than 300 ms/),
    );
  });

  it('sizes that no component may ask for', async () => {
    const file = blackPng(4, 4);
    for (const [changes, message] of [
      [{ width: 0 }, /width is 0/],
      [{ height: 4_097 }, /height is 4097, expected a whole number from 1 to 4096/],
      [{ width: 1.5 }, /width is 1.5/],
      [{ fit: 'crop', cropFraction: 0 }, /crop-fraction is 0, expected above 0/],
      [{ fit: 'crop', cropFraction: 1.1 }, /crop-fraction is 1.1/],
      [{ fit: 'crop', cropFraction: NaN }, /crop-fraction is NaN/],
      [{ fit: 'crop', cropFraction: 0.001 }, /crop-fraction is 0.001, expected large enough/],
    ] as const) {
      await expect(decode(file, changes)).rejects.toEqual(refusal('invalid-component', message));
    }
  });

  it('a caller who has gone, at once and with the reason of its signal', async () => {
    const file = await (await quarters(3_000, 3_000)).png().toBuffer();
    await expect(decoder.decode(file, wanted(), { signal: AbortSignal.abort() })).rejects.toEqual(
      refusal('client-gone', /given up/),
    );
    const controller = new AbortController();
    const deadline = new SandpiperError('deadline-exceeded', 'Too late');
    const calls = Array.from({ length: 8 }, async () =>
      decoder.decode(file, wanted(), { signal: controller.signal }),
    );
    controller.abort(deadline);
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toEqual({ status: 'rejected', reason: deadline });
    }
    expectQuarters(await decode(file), 0);
  });
});
