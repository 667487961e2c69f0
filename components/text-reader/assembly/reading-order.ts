/** Lines in the order in which they are read: rows from top to bottom, each from left to right. */
import { Line } from './recogniser';

/** Lines are in one row if their middles differ by less than this share of the lower one's height. */
const SAME_ROW: f32 = 0.5;

class Placed {
  constructor(
    public line: Line,
    public x: f32,
    public y: f32,
  ) {}
}

/** Rows of lines. The page may be turned: what counts is the direction in which most of its text runs. */
export function readingOrder(lines: Line[]): Line[][] {
  let cosine: f32 = 0;
  let sine: f32 = 0;
  for (let i = 0; i < lines.length; i++) {
    cosine += lines[i].box.cosine * lines[i].box.width;
    sine += lines[i].box.sine * lines[i].box.width;
  }
  const length = Mathf.hypot(cosine, sine);
  const placed: Placed[] = [];
  for (let i = 0; i < lines.length; i++) {
    const box = lines[i].box;
    placed.push(
      new Placed(
        lines[i],
        (box.x * cosine + box.y * sine) / length,
        (box.y * cosine - box.x * sine) / length,
      ),
    );
  }
  placed.sort((a, b) => (a.y < b.y ? -1 : a.y > b.y ? 1 : 0));

  const rows: Placed[][] = [];
  for (let i = 0; i < placed.length; i++) {
    const row: Placed[] | null = rows.length > 0 ? rows[rows.length - 1] : null;
    if (row && sameRow(row[0], placed[i])) row.push(placed[i]);
    else rows.push([placed[i]]);
  }
  const ordered: Line[][] = [];
  for (let i = 0; i < rows.length; i++) {
    rows[i].sort((a, b) => (a.x < b.x ? -1 : a.x > b.x ? 1 : 0));
    const row: Line[] = [];
    for (let j = 0; j < rows[i].length; j++) row.push(rows[i][j].line);
    ordered.push(row);
  }
  return ordered;
}

function sameRow(first: Placed, other: Placed): bool {
  return other.y - first.y < SAME_ROW * min(first.line.box.height, other.line.box.height);
}
