/** The least rectangle around an outline, in any direction, and which way a line of text runs in it. */

/** From this ratio of its sides on, a line runs along the longer one. */
const LONG: f32 = 1.5;
/** The cosine below which a line is vertical: it is read from top to bottom then. */
const VERTICAL: f32 = 0.26;

export class Point {
  constructor(
    public x: f32,
    public y: f32,
  ) {}

  dot(x: f32, y: f32): f32 {
    return this.x * x + this.y * y;
  }
}

/** A rectangle: its centre, the direction in which its text runs (a vector of length 1), and its size. */
export class Box {
  constructor(
    public x: f32,
    public y: f32,
    public cosine: f32,
    public sine: f32,
    /** Along the text and across it. */
    public width: f32,
    public height: f32,
  ) {}

  /** Moved out on every side. */
  grown(by: f32): Box {
    return new Box(this.x, this.y, this.cosine, this.sine, this.width + 2 * by, this.height + 2 * by);
  }

  /** Clockwise from where the text starts. */
  corners(): Point[] {
    return [this.at(-0.5, -0.5), this.at(0.5, -0.5), this.at(0.5, 0.5), this.at(-0.5, 0.5)];
  }

  /** A point by its share of the width and the height from the centre. */
  at(along: f32, across: f32): Point {
    const right = along * this.width;
    const down = across * this.height;
    return new Point(
      this.x + right * this.cosine - down * this.sine,
      this.y + right * this.sine + down * this.cosine,
    );
  }
}

/** @param outline middles of pixels, ordered by y; the box holds the pixels' corners as well */
export function boxAround(outline: Point[]): Box {
  const hull = convexHull(outline);
  let best: Box | null = null;
  for (let i = 0; i < hull.length; i++) {
    const from = hull[i];
    const to = hull[(i + 1) % hull.length];
    const length = Mathf.hypot(to.x - from.x, to.y - from.y);
    const box =
      length > 0 ? along(hull, (to.x - from.x) / length, (to.y - from.y) / length) : along(hull, 1, 0);
    if (!best || box.width * box.height < best.width * best.height) best = box;
  }
  return readable(best!);
}

/** The least rectangle whose width runs in this direction. */
function along(points: Point[], cosine: f32, sine: f32): Box {
  let left: f32 = Infinity;
  let right: f32 = -Infinity;
  let top: f32 = Infinity;
  let bottom: f32 = -Infinity;
  for (let i = 0; i < points.length; i++) {
    const x = points[i].dot(cosine, sine);
    const y = points[i].dot(-sine, cosine);
    left = min(left, x);
    right = max(right, x);
    top = min(top, y);
    bottom = max(bottom, y);
  }
  const x = (left + right) / 2;
  const y = (top + bottom) / 2;
  const middle = new Point(x * cosine - y * sine, x * sine + y * cosine);
  return new Box(middle.x, middle.y, cosine, sine, right - left + 1, bottom - top + 1);
}

/** The same rectangle, with the direction in which its text most likely runs. */
function readable(box: Box): Box {
  const long = box.width >= LONG * box.height;
  const tall = box.height >= LONG * box.width;
  const turn = tall || (!long && abs(box.cosine) < abs(box.sine));
  const width = turn ? box.height : box.width;
  const height = turn ? box.width : box.height;
  let cosine = turn ? -box.sine : box.cosine;
  let sine = turn ? box.cosine : box.sine;
  if (abs(cosine) < VERTICAL ? sine < 0 : cosine < 0) {
    cosine = -cosine;
    sine = -sine;
  }
  return new Box(box.x, box.y, cosine, sine, width, height);
}

/** Andrew's monotone chain; of one or two points, these. */
function convexHull(ordered: Point[]): Point[] {
  if (ordered.length < 3) return ordered;
  const hull: Point[] = [];
  for (let i = 0; i < ordered.length; i++) extend(hull, ordered[i], 0);
  const least = hull.length - 1;
  for (let i = ordered.length - 2; i >= 0; i--) extend(hull, ordered[i], least);
  hull.pop();
  return hull;
}

function extend(hull: Point[], point: Point, least: i32): void {
  while (hull.length >= least + 2) {
    const a = hull[hull.length - 2];
    const b = hull[hull.length - 1];
    if ((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0) break;
    hull.pop();
  }
  hull.push(point);
}
