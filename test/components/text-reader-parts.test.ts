import { it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

const HERE = './text-reader/assembly';

it('finds areas of likely pixels that touch, if only at a corner, and no specks', async () => {
  await expectAssembly(`
    import { findBlobs } from '${HERE}/blobs';
    export function run(): void {
      const rows = [
        '99900000',
        '00099900',
        '00000000',
        '00000004',
        '22222000',
        '22222000',
      ];
      const map = new Float32Array(48);
      for (let i = 0; i < 48; i++) map[i] = <f32>(rows[i / 8].charCodeAt(i % 8) - 48) / 10;
      const likely = findBlobs(map, 8, 6, 0.3);
      assert(likely.length == 1, 'one, since a single pixel is a speck');
      assert(abs(likely[0].probability - 0.9) < 1e-6, 'the mean of its pixels');
      assert(likely[0].outline.length == 4 && likely[0].outline[3].x == 5.5 && likely[0].outline[3].y == 1.5, 'its rows');
      assert(findBlobs(map, 8, 6, 0.1).length == 2, 'those that are less likely, too');
    }`);
});

it('puts the least rectangle around an area, and tells which way its text runs', async () => {
  await expectAssembly(`
    import { Box, Point, boxAround } from '${HERE}/box';
    /** Pixels of a filled rectangle, turned by degrees, as the ends of its rows. */
    function outline(width: f32, height: f32, degrees: f32): Point[] {
      const angle = degrees * <f32>(Math.PI / 180);
      const box = new Box(100, 100, Mathf.cos(angle), Mathf.sin(angle), width, height);
      const points: Point[] = [];
      for (let y: f32 = 0.5; y < 200; y++) {
        let first: f32 = -1;
        let last: f32 = -1;
        for (let x: f32 = 0.5; x < 200; x++) {
          const along = (x - 100) * box.cosine + (y - 100) * box.sine;
          const across = (y - 100) * box.cosine - (x - 100) * box.sine;
          if (abs(along) > width / 2 || abs(across) > height / 2) continue;
          if (first < 0) first = x;
          last = x;
        }
        if (first >= 0) { points.push(new Point(first, y)); points.push(new Point(last, y)); }
      }
      return points;
    }
    function close(a: f32, b: f32, by: f32): bool { return abs(a - b) <= by; }
    export function run(): void {
      const flat = boxAround(outline(120, 20, 0));
      assert(flat.width == 120 && flat.height == 20 && flat.x == 100 && flat.sine == 0 && flat.cosine == 1, 'upright');
      const turned = boxAround(outline(120, 20, 30));
      assert(close(turned.width, 120, 2) && close(turned.height, 20, 2), 'turned: its size');
      assert(close(turned.cosine, 0.866, 0.02) && close(turned.sine, 0.5, 0.02), 'turned: its direction');
      assert(close(boxAround(outline(120, 20, -60)).sine, -0.866, 0.02), 'rising');
      const tall = boxAround(outline(20, 120, 0));
      assert(tall.width == 120 && tall.height == 20 && tall.sine == 1, 'vertical text is read downwards');
      const corners = tall.corners();
      assert(corners[0].x == 110 && corners[0].y == 40, 'and starts at the top right');
      assert(boxAround(outline(40, 38, 0)).cosine == 1, 'a square is upright');
      assert(boxAround([new Point(3.5, 4.5)]).width == 1, 'a single pixel');
    }`);
});

it('reads rows from top to bottom and each from left to right, on a turned page as well', async () => {
  await expectAssembly(`
    import { Box } from '${HERE}/box';
    import { Line } from '${HERE}/recogniser';
    import { readingOrder } from '${HERE}/reading-order';
    function order(degrees: f32): string {
      const angle = degrees * <f32>(Math.PI / 180);
      const cosine = Mathf.cos(angle);
      const sine = Mathf.sin(angle);
      const places: f32[] = [400, 102, 100, 100, 100, 140, 420, 146];
      const names = ['b', 'a', 'c', 'd'];
      const lines: Line[] = [];
      for (let i = 0; i < 4; i++) {
        const x = places[2 * i];
        const y = places[2 * i + 1];
        const line = new Line(new Box(x * cosine - y * sine, x * sine + y * cosine, cosine, sine, 150, 30));
        line.text = names[i];
        lines.push(line);
      }
      const rows = readingOrder(lines);
      let text = '';
      for (let i = 0; i < rows.length; i++) {
        for (let j = 0; j < rows[i].length; j++) text += rows[i][j].text;
        text += '/';
      }
      return text;
    }
    export function run(): void {
      assert(order(0) == 'ab/cd/', order(0));
      assert(order(25) == 'ab/cd/', order(25));
      assert(order(90) == 'ab/cd/', order(90));
      assert(readingOrder([]).length == 0, 'nothing');
    }`);
});
