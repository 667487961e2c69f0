/** The pipeline from a file's bytes to pixels. It and decode-placed.ts alone know sharp, and leave its settings alone. */
import sharp from 'sharp';
import type { FailOnOptions, KernelEnum, Metadata, Sharp } from 'sharp';
import { messageOf, SandpiperError } from '../errors.ts';
import { luma } from './luma.ts';
import type { PictureInput } from './picture-input.ts';
import { JPEG_END, lacksScans } from './picture/jpeg.ts';
import { maybeMendJpeg } from './picture/mend-jpeg.ts';
import type { PictureFormat } from './picture/picture-format.ts';
import { middle } from './plan-picture.ts';
import { checkPixels, unusable, type PictureLimits } from './picture/picture-limits.ts';

/** Pixels as a component gets them. */
export interface Picture {
  width: number;
  height: number;
  format: 'rgb8' | 'gray8';
  /** Rows from top to bottom without padding, height x width x channels; owns its whole (transferable) buffer. */
  pixels: Uint8Array<ArrayBuffer>;
}

export const KERNELS = {
  nearest: 'nearest',
  bilinear: 'linear',
  bicubic: 'cubic',
  lanczos: 'lanczos3',
} as const satisfies Record<PictureInput['filter'], keyof KernelEnum>;

/** Formats of samples with a fixed range from black to white. */
const FIXED_RANGE = ['uchar', 'ushort'];

/**
 * A picture as a viewer would show it: turned upright by its EXIF orientation, colours converted to sRGB by its
 * profile, transparent parts over white (the page that a browser shows behind them), first frame of an
 * animation. JPEG and WebP are scaled while they decode.
 *
 * @param header what the decoder says of the file; may be left out for 8 bits a channel and no long strip
 * @throws SandpiperError `unusable-input`
 */
export async function decodePixels(
  bytes: Buffer,
  format: PictureFormat,
  want: PictureInput,
  limits: PictureLimits,
  header?: Metadata,
): Promise<Picture> {
  const rgb = await runFile(bytes, format, limits, async (from, failOn) =>
    toRgb(scaled(openUpright(from, limits, failOn, header), want, header), want, limits),
  );
  return { width: want.width, height: want.height, format: want.format, pixels: inFormat(rgb, want.format) };
}

/** Decodes a file that may have to be mended. @throws SandpiperError `unusable-input` */
export async function runFile<Result>(
  bytes: Buffer,
  format: PictureFormat,
  limits: PictureLimits,
  run: Run<Result>,
): Promise<Result> {
  try {
    return await (format === 'JPEG' ? runJpeg(bytes, run) : run(bytes, 'warning'));
  } catch (thrown) {
    if (thrown instanceof SandpiperError) throw thrown;
    if (isTimeout(thrown)) throw tooSlow(format, limits);
    throw damaged(format, thrown);
  }
}

/** @throws Error for pixels that are not as many as were wanted */
export async function toRgb(
  pipeline: Sharp,
  size: { width: number; height: number },
  { pictureDecodeMs }: PictureLimits,
): Promise<Buffer> {
  const { data, info } = await pipeline
    .timeout({ seconds: Math.ceil(pictureDecodeMs / 1_000) })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== size.width || info.height !== size.height || info.channels !== 3) {
    throw new Error(`Decoded to ${info.width} x ${info.height} x ${info.channels}`);
  }
  return data;
}

/** A copy, since the decoder's own memory cannot be transferred to another thread. */
export function inFormat(rgb: Buffer, format: Picture['format']): Uint8Array<ArrayBuffer> {
  return format === 'rgb8' ? new Uint8Array(rgb) : luma(rgb);
}

/** The decoder's description of a file. @throws SandpiperError `input-too-large`, `unusable-input` */
export async function readHeader(
  bytes: Buffer,
  format: PictureFormat,
  limits: PictureLimits,
): Promise<Metadata> {
  const read = async (file: Buffer) => sharp(file, { limitInputPixels: false }).metadata();
  const header = await read(bytes).catch(async (thrown: unknown) => {
    const mended = format === 'JPEG' ? maybeMendJpeg(bytes) : undefined;
    if (mended === undefined) throw damaged(format, thrown);
    return read(mended).catch((again: unknown) => {
      throw damaged(format, again);
    });
  });
  checkPixels(header.width, header.height, limits);
  if (!FIXED_RANGE.includes(header.depth)) throw damaged(format, new Error(`Pixels of ${header.depth}`));
  return header;
}

/**
 * For a process that is this service's alone: of the loaders built into libvips (SVG, PDF, Ultra HDR, ImageMagick, …)
 * only the accepted formats' stay; one thread a picture, since pictures already run side by side; no cache of
 * operations, since every picture is another one.
 */
export function ownThisProcess(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}`),
  });
  sharp.concurrency(1);
  sharp.cache(false);
}

export function tooSlow(format: PictureFormat, { pictureDecodeMs }: PictureLimits): SandpiperError {
  return unusable(format, `that took longer than ${pictureDecodeMs} ms; send it smaller, or as a JPEG`);
}

export function damaged(format: PictureFormat, cause: unknown): SandpiperError {
  const why = 'it is damaged, cut short or of an unusual kind; save it again and send that';
  return unusable(format, why, { cause });
}

function isTimeout(thrown: unknown): boolean {
  return messageOf(thrown).startsWith('timeout');
}

type Run<Result> = (bytes: Buffer, failOn: FailOnOptions) => Promise<Result>;

/**
 * Decoders complain about headers that do not matter and about pixels that are missing in the same way, and not at all
 * about missing scans. Where they do, and where the file has no end or too few scans, the header is mended, and what
 * counts is whether the pixels are all there.
 */
async function runJpeg<Result>(bytes: Buffer, run: Run<Result>): Promise<Result> {
  try {
    if (bytes.toString('latin1', bytes.length - 2) === JPEG_END) {
      const result = await run(bytes, 'warning');
      if (!lacksScans(bytes)) return result;
    }
  } catch (thrown) {
    if (isTimeout(thrown)) throw thrown;
  }
  const mended = maybeMendJpeg(bytes);
  if (mended === undefined) throw new Error('The picture is not whole');
  if (lacksScans(mended)) {
    throw unusable('JPEG', 'it is cut short: its last scans are missing; send the whole file');
  }
  await checkWhole(mended);
  return run(mended, 'error');
}

/** Behind the data of a mended file only the rest of the data itself can be left. */
const LEFT_OVER = /^(?:VipsJpeg: )?Corrupt JPEG data: (\d+) extraneous bytes before marker 0x[0-9a-f]+$/;

/** More than that of a file is no padding: it is left over where damage made the decoder skip a part. */
const LEFT_OVER_SHARE = 1 / 16;

/** Decodes all of a mended file, whatever is wanted of it: its last row comes last. @throws where pixels are missing */
async function checkWhole(mended: Buffer): Promise<void> {
  const options = { failOn: 'warning', limitInputPixels: false, sequentialRead: true } as const;
  const { height } = await sharp(mended, { limitInputPixels: false }).metadata();
  try {
    await sharp(mended, options)
      .extract({ left: 0, top: height - 1, width: 1, height: 1 })
      .raw()
      .toBuffer();
  } catch (thrown) {
    const lines = messageOf(thrown).trim().split('\n');
    const left = lines.map((line) => Number(LEFT_OVER.exec(line.trim())?.[1] ?? Infinity));
    if (Math.max(...left) > mended.length * LEFT_OVER_SHARE) throw thrown;
  }
}

/** Broken or cut short is refused: an answer about half a picture would look as good as one about all of it. */
export function openUpright(
  bytes: Buffer,
  { picturePixels }: PictureLimits,
  failOn: FailOnOptions,
  header: Metadata | undefined,
): Sharp {
  const source = sharp(bytes, {
    autoOrient: true,
    failOn,
    limitInputPixels: picturePixels,
    sequentialRead: true,
  });
  const upright = source.flatten({ background: 'white' }).removeAlpha().toColourspace('srgb');
  // With 16 bits and a profile sharp works in Display P3 and would hand out its values as if they were sRGB.
  if (header?.depth === 'ushort' && header.icc !== undefined) {
    upright.withIccProfile('srgb', { attach: false });
  }
  return upright;
}

function scaled(upright: Sharp, want: PictureInput, header?: Metadata): Sharp {
  const options = { kernel: KERNELS[want.filter], background: 'black' };
  if (want.fit === 'pad') return upright.resize(want.width, want.height, { ...options, fit: 'contain' });
  if (want.fit === 'stretch') return upright.resize(want.width, want.height, { ...options, fit: 'fill' });

  const width = Math.round(want.width / want.cropFraction);
  const height = Math.round(want.height / want.cropFraction);
  if (header !== undefined) {
    const { autoOrient: size } = header;
    const kept = middle(size, { width, height }, Math.max(width / size.width, height / size.height));
    if (kept.width < size.width || kept.height < size.height) upright.extract(kept);
  }
  return upright.resize(width, height, { ...options, fit: 'cover' }).extract({
    left: Math.floor((width - want.width) / 2),
    top: Math.floor((height - want.height) / 2),
    width: want.width,
    height: want.height,
  });
}
