/**
 * The cells that the graph looks from, in the order of its outputs: level after level, row after row. Each knows four
 * distances to the sides of its object, each as how likely it is to be 0, 1, 2… strides.
 */

const STRIDES: StaticArray<i32> = [8, 16, 32];

/** How many there are for a picture of this size. */
export function cellsOf(width: i32, height: i32): i32 {
  let cells = 0;
  for (let i = 0; i < STRIDES.length; i++) cells += (width / STRIDES[i]) * (height / STRIDES[i]);
  return cells;
}

/** Corners in pixels of the picture that the graph saw; may lie beyond its edges. */
export class Box {
  left: f32 = 0;
  top: f32 = 0;
  right: f32 = 0;
  bottom: f32 = 0;

  /** The part of the area of both that they share. */
  overlap(other: Box): f32 {
    const width = min(this.right, other.right) - max(this.left, other.left);
    const height = min(this.bottom, other.bottom) - max(this.top, other.top);
    if (!(width > 0 && height > 0)) return 0;
    const shared = width * height;
    return shared / (this.area + other.area - shared);
  }

  private get area(): f32 {
    return (this.right - this.left) * (this.bottom - this.top);
  }
}

/** The box of a cell; `distances` are 4 x `bins` values of each cell. */
export function boxAt(cell: i32, distances: Float32Array, bins: i32, width: i32, height: i32): Box {
  let level = 0;
  let place = cell;
  let columns = width / STRIDES[0];
  while (place >= columns * (height / STRIDES[level])) {
    place -= columns * (height / STRIDES[level]);
    columns = width / STRIDES[++level];
  }
  const stride = <f32>STRIDES[level];
  const x = (<f32>(place % columns) + 0.5) * stride;
  const y = (<f32>(place / columns) + 0.5) * stride;
  const at = cell * 4 * bins;
  const box = new Box();
  box.left = x - stride * expected(distances, at, bins);
  box.top = y - stride * expected(distances, at + bins, bins);
  box.right = x + stride * expected(distances, at + 2 * bins, bins);
  box.bottom = y + stride * expected(distances, at + 3 * bins, bins);
  return box;
}

/** The mean of 0, 1, 2… by the softmax of the values. */
function expected(values: Float32Array, from: i32, count: i32): f32 {
  // exp of a large value overflows; the shares are the same with the largest one taken off.
  let largest: f32 = -Infinity;
  for (let i = 0; i < count; i++) largest = max(largest, values[from + i]);
  let sum: f32 = 0;
  let mean: f32 = 0;
  for (let i = 0; i < count; i++) {
    const share = Mathf.exp(values[from + i] - largest);
    sum += share;
    mean += share * <f32>i;
  }
  return mean / sum;
}
