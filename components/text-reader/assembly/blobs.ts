/** Connected areas of a map of probabilities, and the outline of each. */
import { Point } from './box';

/** Areas with fewer pixels are noise. */
const LEAST_PIXELS: i32 = 6;

export class Blob {
  constructor(
    /** The ends of each row of pixels: the middles of the pixels, from top to bottom. */
    public outline: Point[],
    /** The mean of its pixels. */
    public probability: f32,
  ) {}
}

/** Areas of pixels above `threshold` that touch, if only at a corner. */
export function findBlobs(map: Float32Array, width: i32, height: i32, threshold: f32): Blob[] {
  return new Filler(map, width, height, threshold).blobs();
}

class Filler {
  /** 1 where a pixel above the threshold has not been visited; a border of zeros on every side. */
  private open: StaticArray<u8>;
  /** The first and last pixel in each row of the area being filled. */
  private starts: StaticArray<i32>;
  private ends: StaticArray<i32>;
  private stack: i32[] = [];

  private get stride(): i32 {
    return this.width + 2;
  }

  constructor(
    private map: Float32Array,
    private width: i32,
    private height: i32,
    threshold: f32,
  ) {
    const stride = width + 2;
    const open = new StaticArray<u8>(stride * (height + 2));
    for (let y = 0, i = 0; y < height; y++) {
      const row = (y + 1) * stride + 1;
      for (let x = 0; x < width; x++, i++) unchecked((open[row + x] = <u8>(map[i] > threshold)));
    }
    this.open = open;
    this.starts = new StaticArray<i32>(height);
    this.ends = new StaticArray<i32>(height);
  }

  blobs(): Blob[] {
    const found: Blob[] = [];
    for (let y = 0; y < this.height; y++) {
      const row = (y + 1) * this.stride + 1;
      for (let x = 0; x < this.width; x++) {
        if (!unchecked(this.open[row + x])) continue;
        const blob = this.fill(row + x, y);
        if (blob) found.push(blob);
      }
    }
    return found;
  }

  /** Null for one that is too small. */
  private fill(start: i32, top: i32): Blob | null {
    let bottom = top - 1;
    let pixels = 0;
    let sum: f64 = 0;
    this.visit(start);
    while (this.stack.length > 0) {
      const place = this.stack.pop();
      const y = place / this.stride - 1;
      const x = (place % this.stride) - 1;
      if (y > bottom) {
        bottom = y;
        this.starts[y] = x;
        this.ends[y] = x;
      }
      unchecked((this.starts[y] = min(this.starts[y], x)));
      unchecked((this.ends[y] = max(this.ends[y], x)));
      sum += unchecked(this.map[y * this.width + x]);
      pixels++;
      for (let down = -this.stride; down <= this.stride; down += this.stride) {
        for (let across = -1; across <= 1; across++) this.visit(place + down + across);
      }
    }
    if (pixels < LEAST_PIXELS) return null;
    const outline: Point[] = [];
    for (let y = top; y <= bottom; y++) {
      outline.push(new Point(<f32>this.starts[y] + 0.5, <f32>y + 0.5));
      if (this.ends[y] > this.starts[y]) outline.push(new Point(<f32>this.ends[y] + 0.5, <f32>y + 0.5));
    }
    return new Blob(outline, <f32>(sum / pixels));
  }

  private visit(place: i32): void {
    if (!unchecked(this.open[place])) return;
    unchecked((this.open[place] = 0));
    this.stack.push(place);
  }
}
