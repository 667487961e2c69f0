/** A file to the picture that a component of the open contract wants, and where the client's own picture lies in it. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { inFormat, KERNELS, openUpright, readHeader, runFile, toRgb, type Picture } from './decode-pixels.ts';
import type { PlacedInput } from './placed-input.ts';
import { planPicture, type PicturePlan, type Placement, type Size } from './plan-picture.ts';
import type { PictureFormat } from './picture/picture-format.ts';
import type { PictureLimits } from './picture/picture-limits.ts';

export interface PlacedPicture extends Picture, Placement {
  /** The client's own picture, upright. */
  originalWidth: number;
  originalHeight: number;
  /** Where regions are wanted. */
  kept?: KeptPicture;
}

/** The client's own picture as RGB, scaled down where it is larger than the limit `regionPixels`. */
export interface KeptPicture extends Size {
  /** In whose pixels regions are named. */
  originalWidth: number;
  originalHeight: number;
  pixels: Picture['pixels'];
}

/** @throws SandpiperError `input-too-large`, `unusable-input` */
export async function decodePlaced(
  bytes: Buffer,
  format: PictureFormat,
  want: PlacedInput,
  limits: PictureLimits,
): Promise<PlacedPicture> {
  const header = await readHeader(bytes, format, limits);
  const original = { width: header.autoOrient.width, height: header.autoOrient.height };
  const plan = planPicture(original, want);
  const decode = async (make: (upright: Sharp) => Sharp, size: Size) =>
    runFile(bytes, format, limits, async (from, failOn) =>
      toRgb(make(openUpright(from, limits, failOn, header)), size, limits),
    );
  const target = finalSize(plan);
  const facts = { originalWidth: original.width, originalHeight: original.height };
  const picture = (rgb: Buffer): PlacedPicture => ({
    ...target,
    format: want.format,
    pixels: inFormat(rgb, want.format),
    ...facts,
    ...plan.placement,
  });
  if (!want.regions) return picture(await decode((upright) => apply(upright, plan, want), target));

  const size = keptSize(original, limits.regionPixels);
  const rgb = await decode((upright) => upright.resize(size.width, size.height, { fit: 'fill' }), size);
  const raw = sharp(rgb, { raw: { ...size, channels: 3 } });
  const small = await toRgb(apply(raw, toKept(plan, original, size), want), target, limits);
  return { ...picture(small), kept: { ...size, ...facts, pixels: new Uint8Array(rgb) } };
}

/** No plan has both a crop and a pad, which sharp would make in the other order. */
function apply(source: Sharp, { cut, scaled, crop, pad }: PicturePlan, { filter }: PlacedInput): Sharp {
  if (cut !== undefined) source.extract(cut);
  source.resize(scaled.width, scaled.height, { kernel: KERNELS[filter], fit: 'fill' });
  if (crop !== undefined) source.extract(crop);
  if (pad !== undefined) source.extend({ ...pad, background: 'black' });
  return source;
}

function finalSize({ scaled, crop, pad = NO_PAD }: PicturePlan): Size {
  const { width, height } = crop ?? scaled;
  return { width: width + pad.left + pad.right, height: height + pad.top + pad.bottom };
}

const NO_PAD = { left: 0, top: 0, right: 0, bottom: 0 };

/** The largest size of this aspect that has at most so many pixels. */
function keptSize({ width, height }: Size, mostPixels: number): Size {
  const factor = Math.min(1, Math.sqrt(mostPixels / (width * height)));
  return { width: Math.max(1, Math.floor(width * factor)), height: Math.max(1, Math.floor(height * factor)) };
}

/** The same of a picture that was scaled down. */
function toKept(plan: PicturePlan, original: Size, kept: Size): PicturePlan {
  const [x, y] = [kept.width / original.width, kept.height / original.height];
  const { cut } = plan;
  if (cut === undefined) return plan;
  const left = Math.floor(cut.left * x);
  const top = Math.floor(cut.top * y);
  const width = Math.max(1, Math.min(kept.width - left, Math.round(cut.width * x)));
  const height = Math.max(1, Math.min(kept.height - top, Math.round(cut.height * y)));
  return { ...plan, cut: { left, top, width, height } };
}
