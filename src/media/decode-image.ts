import sharp from 'sharp';
import type { FailOnOptions, KernelEnum, Metadata, Sharp } from 'sharp';
import { messageOf, SandpiperError } from '../errors.ts';
import { checkImageInput } from './image-input.ts';
import type { ImageInput } from './image-input.ts';
import { ACCEPTED_PICTURES, maybePictureFormat } from './picture-format.ts';
import { Turns } from './turns.ts';

export type { ImageInput } from './image-input.ts';

/** Pixels as a component gets them. */
export interface Picture {
  width: number;
  height: number;
  format: 'rgb8' | 'gray8';
  /** Rows from top to bottom without padding, height x width x channels; owns its whole (transferable) buffer. */
  pixels: Uint8Array<ArrayBuffer>;
}

export interface PictureLimits {
  /** Width x height of the file's picture, before any scaling. */
  picturePixels: number;
  /** Time to decode one picture, in ms; the decoder's clock ticks in whole seconds. */
  pictureDecodeMs: number;
}

// Every photo is another one: a cache of operations would only hold memory.
sharp.cache(false);
// One thread a picture: requests already run side by side, and at this size splitting one gains nothing.
sharp.concurrency(1);
// Deny by default: of the loaders built into libvips (SVG, PDF, ImageMagick, JPEG 2000, …) only these stay.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}`),
});

/** Of libuv's four threads one stays free for all else that needs them, such as reading files. */
const turns = new Turns(3);

const KERNELS = {
  nearest: 'nearest',
  bilinear: 'linear',
  bicubic: 'cubic',
  lanczos: 'lanczos3',
} as const satisfies Record<ImageInput['filter'], keyof KernelEnum>;

/** More to a side is no photo, whatever the product is, and beyond what the scaler takes. */
const LONGEST_SIDE = 100_000;

/** Strips longer than this many times what the crop needs are cut before they are scaled. */
const STRIP = 8;

/**
 * Decodes a photo to the pixels that a component wants, as a viewer would show them: turned upright by its
 * EXIF orientation, colours converted to sRGB by its profile, transparent parts over white (the page that a
 * browser shows behind them), first frame of an animation. JPEG and WebP are scaled while they decode.
 *
 * `bytes` must stay unchanged until the promise settles. With `signal` aborted the caller is let go at once.
 *
 * @throws SandpiperError `invalid-request` (empty), `unsupported-media` (not an accepted format),
 *   `input-too-large` (pixels, known from the header), `unusable-input` (damaged or cut short),
 *   `invalid-component` (see {@link checkImageInput}), `client-gone` or the signal's own reason
 */
export async function decodeImage(
  bytes: Uint8Array,
  want: ImageInput,
  limits: PictureLimits,
  signal?: AbortSignal,
): Promise<Picture> {
  return turns.run(() => decode(bytes, want, limits), signal);
}

async function decode(bytes: Uint8Array, want: ImageInput, limits: PictureLimits): Promise<Picture> {
  checkImageInput(want);
  if (bytes.byteLength === 0) {
    throw new SandpiperError('invalid-request', `The picture is empty: send ${ACCEPTED_PICTURES}`);
  }
  const format = maybePictureFormat(bytes);
  if (format === undefined) {
    throw new SandpiperError(
      'unsupported-media',
      `The file is not a picture of an accepted format: send ${ACCEPTED_PICTURES}`,
    );
  }
  const seconds = Math.ceil(limits.pictureDecodeMs / 1_000);
  try {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata();
    checkPixels(header, limits.picturePixels);
    const run = async (failOn: FailOnOptions) =>
      scaled(open(bytes, limits, failOn), header, want)
        .timeout({ seconds })
        .raw()
        .toBuffer({ resolveWithObject: true });
    const { data, info } = await run('warning').catch(async (thrown: unknown) => {
      if (!isHarmless(thrown)) throw thrown;
      return run('error');
    });
    if (info.width !== want.width || info.height !== want.height || info.channels !== 3) {
      throw new Error(`Decoded to ${info.width} x ${info.height} x ${info.channels}`);
    }
    // A copy, since the decoder's own memory cannot be transferred to another thread.
    const pixels = want.format === 'rgb8' ? new Uint8Array(data) : luma(data);
    return { width: want.width, height: want.height, format: want.format, pixels };
  } catch (thrown) {
    if (thrown instanceof SandpiperError) throw thrown;
    if (thrown instanceof Error && thrown.message.startsWith('timeout')) {
      throw new SandpiperError(
        'unusable-input',
        `Cannot decode the ${format} picture: that took longer than ${seconds * 1_000} ms; send it smaller, or as a JPEG`,
        { cause: thrown },
      );
    }
    throw new SandpiperError(
      'unusable-input',
      `Cannot decode the ${format} picture: it is damaged, cut short or of an unusual kind; save it anew and send that`,
      { cause: thrown },
    );
  }
}

/** Stray bytes between markers, as many cameras write them: the picture is whole all the same. */
const STRAY_BYTES = /^(?:VipsJpeg: )?Corrupt JPEG data: \d+ extraneous bytes before marker 0x[0-9a-f]+$/;

/** Whether every complaint of the decoder is one that leaves the picture whole. */
function isHarmless(thrown: unknown): boolean {
  const lines = messageOf(thrown).trim().split('\n');
  return lines.every((line) => STRAY_BYTES.test(line.trim()));
}

// Broken or cut short is refused: an answer about half a photo would look as good as one about all of it.
function open(bytes: Uint8Array, { picturePixels }: PictureLimits, failOn: FailOnOptions): Sharp {
  return sharp(bytes, {
    autoOrient: true,
    failOn,
    limitInputPixels: picturePixels,
    sequentialRead: true,
  });
}

function checkPixels({ width, height }: Metadata, limit: number): void {
  const [pixels, side] = [width * height, Math.max(width, height)];
  if (pixels <= limit && side <= LONGEST_SIDE) return;
  const excess =
    pixels > limit
      ? `, ${pixels} in all, and at most ${limit} are accepted`
      : `, and at most ${LONGEST_SIDE} to a side are accepted`;
  throw new SandpiperError(
    'input-too-large',
    `The picture has ${width} x ${height} pixels${excess}: send it smaller`,
  );
}

function scaled(source: Sharp, header: Metadata, want: ImageInput): Sharp {
  const options = { kernel: KERNELS[want.filter], background: 'black' };
  const upright = source.flatten({ background: 'white' }).removeAlpha().toColourspace('srgb');
  // With 16 bits and a profile sharp works in Display P3 and would hand out its values as if they were sRGB.
  if (header.depth === 'ushort' && header.icc !== undefined) {
    upright.withIccProfile('srgb', { attach: false });
  }
  if (want.fit === 'pad') return upright.resize(want.width, want.height, { ...options, fit: 'contain' });
  if (want.fit === 'stretch') return upright.resize(want.width, want.height, { ...options, fit: 'fill' });

  const width = Math.round(want.width / want.cropFraction);
  const height = Math.round(want.height / want.cropFraction);
  cutStrip(upright, header.autoOrient, { width, height });
  return upright.resize(width, height, { ...options, fit: 'cover' }).extract({
    left: Math.floor((width - want.width) / 2),
    top: Math.floor((height - want.height) / 2),
    width: want.width,
    height: want.height,
  });
}

/**
 * Keeps the middle of a very long strip. Scaled whole until its shorter side fits, a picture of 1 x 1,000,000
 * would grow to gigabytes of which the crop keeps almost nothing.
 */
function cutStrip(
  upright: Sharp,
  size: { width: number; height: number },
  box: { width: number; height: number },
): void {
  const scale = Math.max(box.width / size.width, box.height / size.height);
  const kept = (pixels: number, needed: number) => {
    const most = Math.ceil((needed / scale) * STRIP);
    // An even difference leaves the centre where it is.
    return pixels > most ? most + ((pixels - most) % 2) : pixels;
  };
  const width = kept(size.width, box.width);
  const height = kept(size.height, box.height);
  if (width === size.width && height === size.height) return;
  upright.extract({ left: (size.width - width) / 2, top: (size.height - height) / 2, width, height });
}

/** ITU-R BT.601 luma of RGB pixels, in the integers that Pillow's `convert("L")` uses, which models are trained on. */
function luma(rgb: Uint8Array): Uint8Array<ArrayBuffer> {
  const gray = new Uint8Array(rgb.length / 3);
  for (let at = 0, pixel = 0; pixel < gray.length; at += 3, pixel++) {
    gray[pixel] =
      ((rgb[at] ?? 0) * 19_595 + (rgb[at + 1] ?? 0) * 38_470 + (rgb[at + 2] ?? 0) * 7_471 + 32_768) >> 16;
  }
  return gray;
}
