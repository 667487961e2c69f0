import { it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

/** Four boxes, best first. The second is of another class; the third shares 0.62 with the first, the fourth 0.23. */
const BOXES = `
  import { Detection, keepBest } from './object-detector/assembly/detections';
  const scores = new Float32Array(4);
  const classes = new Int32Array(4);
  const boxes = new Float32Array(16);
  function put(place: i32, label: i32, score: f32, left: f32, top: f32, right: f32, bottom: f32): void {
    scores[place] = score;
    classes[place] = label;
    boxes[4 * place] = left;
    boxes[4 * place + 1] = top;
    boxes[4 * place + 2] = right;
    boxes[4 * place + 3] = bottom;
  }
  put(0, 0, 0.9, -8, -8, 24, 24);
  put(1, 1, 0.8, -8, -8, 24, 24);
  put(2, 0, 0.7, -4, -4, 28, 28);
  put(3, 0, 0.6, 4, 4, 20, 20);
  function keep(threshold: f32, overlap: f32, most: i32): Detection[] {
    return keepBest(scores, classes, boxes, threshold, overlap, most);
  }`;

it('keeps the best of boxes of a class that overlap, and those of other classes', async () => {
  await expectAssembly(`${BOXES}
    export function run(): void {
      const kept = keep(0.1, 0.6, 10);
      assert(kept.length == 3, 'one of the four is gone');
      assert(kept[0].score == 0.9 && kept[1].score == 0.8 && kept[2].score == 0.6, 'the worse one of its class');
      assert(kept[2].left == 4 && kept[2].bottom == 20 && kept[1].label == 1, 'with its own corners and label');
      assert(keep(0.1, 0.63, 10).length == 4, 'those that share less stay');
      assert(keep(0.1, 0.2, 10).length == 2, 'those that share more go');
    }`);
});

it('tells no more than are wanted, and none below the threshold', async () => {
  await expectAssembly(`${BOXES}
    export function run(): void {
      assert(keep(0.1, 0.6, 2).length == 2, 'as many as are wanted');
      assert(keep(0.8, 0.6, 10).length == 2, 'those of the threshold or more');
      assert(keep(1, 0.6, 10).length == 0, 'none');
      scores.fill(NaN);
      assert(keep(0, 0.6, 10).length == 0, 'what is no number is no score');
    }`);
});

it('measures what boxes share', async () => {
  await expectAssembly(`${BOXES}
    export function run(): void {
      const one = new Detection(0, 1, 0, 0, 2, 2);
      assert(one.overlap(one) == 1, 'itself');
      assert(one.overlap(new Detection(0, 1, 1, 0, 3, 2)) == <f32>(1.0 / 3), 'a half of each');
      assert(one.overlap(new Detection(0, 1, 2, 0, 4, 2)) == 0, 'an edge');
      assert(one.overlap(new Detection(0, 1, 1, 1, 1, 1)) == 0, 'a box without an area');
    }`);
});
