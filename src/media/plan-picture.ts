/** How a client's picture becomes the one that a component of the open contract wants, worked out before it is made. */
import type { PlacedSize } from './placed-input.ts';

export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  left: number;
  top: number;
}

/** Where the client's picture lies in the component's: `(x - left) * scaleX`, `(y - top) * scaleY`. */
export interface Placement {
  left: number;
  top: number;
  scaleX: number;
  scaleY: number;
}

/** Steps, one after another; those that change nothing are undefined. */
export interface PicturePlan {
  /** The middle of a very long strip, which is all that is used of it. */
  cut?: Box;
  scaled: Size;
  /** The part of the scaled picture that is kept. */
  crop?: Box;
  /** Black pixels around it. */
  pad?: { left: number; top: number; right: number; bottom: number };
  placement: Placement;
}

/** Strips longer than this many times what the crop needs are cut before they are scaled. */
export const STRIP = 8;

export function planPicture(original: Size, want: PlacedSize): PicturePlan {
  if (want.size === 'bounded') {
    const longest = Math.max(original.width, original.height);
    const factor = want.enlarge || longest > want.longestSide ? want.longestSide / longest : 1;
    const scaled = times(original, factor);
    const up = (side: number): number => Math.ceil(side / want.multiple) * want.multiple;
    const right = up(scaled.width) - scaled.width;
    const bottom = up(scaled.height) - scaled.height;
    return finish(original, {
      scaled,
      ...(right + bottom > 0 && { pad: { left: 0, top: 0, right, bottom } }),
    });
  }
  const target = { width: want.width, height: want.height };
  const [horizontal, vertical] = [target.width / original.width, target.height / original.height];
  switch (want.fit) {
    case 'stretch':
      return finish(original, { scaled: target });
    case 'pad': {
      const scaled = atMost(times(original, Math.min(horizontal, vertical)), target);
      const [left, top] = [half(target.width - scaled.width), half(target.height - scaled.height)];
      const pad = {
        left,
        top,
        right: target.width - scaled.width - left,
        bottom: target.height - scaled.height - top,
      };
      return finish(original, { scaled, pad });
    }
    case 'crop': {
      const factor = Math.max(horizontal, vertical);
      const cut = middle(original, target, factor);
      const scaled = atLeast(times(cut, factor), target);
      const crop = {
        left: half(scaled.width - target.width),
        top: half(scaled.height - target.height),
        ...target,
      };
      const isWhole = cut.width === original.width && cut.height === original.height;
      return finish(original, { scaled, crop, ...(!isWhole && { cut }) });
    }
  }
}

function finish(original: Size, steps: Omit<PicturePlan, 'placement'>): PicturePlan {
  const { cut = { left: 0, top: 0, ...original }, scaled, crop, pad } = steps;
  const [scaleX, scaleY] = [scaled.width / cut.width, scaled.height / cut.height];
  const [left, top] = [(crop?.left ?? 0) - (pad?.left ?? 0), (crop?.top ?? 0) - (pad?.top ?? 0)];
  return {
    ...steps,
    placement: { left: cut.left + left / scaleX, top: cut.top + top / scaleY, scaleX, scaleY },
  };
}

/**
 * The part of a very long picture that gives the same crop as the whole. Scaled whole until its shorter side fits, a
 * picture of 1 x 1,000,000 would grow to gigabytes of which the crop keeps almost nothing.
 */
export function middle(original: Size, target: Size, factor: number): Box {
  const kept = (pixels: number, needed: number): number => {
    const most = Math.ceil((needed / factor) * STRIP);
    // An even difference leaves the centre where it is.
    return pixels > most ? most + ((pixels - most) % 2) : pixels;
  };
  const width = kept(original.width, target.width);
  const height = kept(original.height, target.height);
  return { left: (original.width - width) / 2, top: (original.height - height) / 2, width, height };
}

/** No side is less than a pixel. */
function times({ width, height }: Size, factor: number): Size {
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

function atMost(size: Size, most: Size): Size {
  return { width: Math.min(size.width, most.width), height: Math.min(size.height, most.height) };
}

function atLeast(size: Size, least: Size): Size {
  return { width: Math.max(size.width, least.width), height: Math.max(size.height, least.height) };
}

function half(pixels: number): number {
  return Math.floor(pixels / 2);
}
