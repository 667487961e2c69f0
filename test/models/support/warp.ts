/** A flat picture seen at an angle. */

type Size = { readonly width: number; readonly height: number };
type Point = readonly [x: number, y: number];

/**
 * The picture with its corners moved to `corners` (clockwise from the top left), by bilinear sampling; `background`
 * around it. Three bytes a pixel, in and out.
 */
export function warped(
  pixels: Buffer,
  { width, height }: Size,
  corners: readonly [Point, Point, Point, Point],
  background: { r: number; g: number; b: number },
): Buffer {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = toUnitSquare(corners);
  const seen = Buffer.alloc(width * height * 3, Buffer.from([background.r, background.g, background.b]));
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const depth = g * column + h * row + 1;
      const x = ((a * column + b * row + c) / depth) * (width - 1);
      const y = ((d * column + e * row + f) / depth) * (height - 1);
      if (!(x >= 0 && y >= 0 && x < width - 1 && y < height - 1)) continue;
      const [left, top] = [Math.floor(x), Math.floor(y)];
      for (let channel = 0; channel < 3; channel++) {
        const at = (top * width + left) * 3 + channel;
        const above = mix(pixels[at], pixels[at + 3], x - left);
        const below = mix(pixels[at + width * 3], pixels[at + width * 3 + 3], x - left);
        seen[(row * width + column) * 3 + channel] = Math.round(mix(above, below, y - top));
      }
    }
  }
  return seen;
}

function mix(one = 0, other = 0, share: number): number {
  return one + (other - one) * share;
}

/** The projective map that takes the corners to those of the unit square: its eight numbers. */
function toUnitSquare(corners: readonly Point[]): number[] {
  const targets: readonly Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  const rows = corners.flatMap(([x, y], index) => {
    const [u, v] = targets[index] ?? [0, 0];
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  return solve(rows);
}

/** Gauss-Jordan with pivots; each row ends with its right-hand side. */
function solve(rows: number[][]): number[] {
  for (let column = 0; column < rows.length; column++) {
    const rest = rows.slice(column);
    const pivot = rest.reduce((a, b) => (Math.abs(b[column] ?? 0) > Math.abs(a[column] ?? 0) ? b : a));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    const scale = pivot[column] ?? 1;
    for (let i = 0; i < pivot.length; i++) pivot[i] = (pivot[i] ?? 0) / scale;
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column] ?? 0;
      for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) - factor * (pivot[i] ?? 0);
    }
  }
  return rows.map((row) => row.at(-1) ?? 0);
}
