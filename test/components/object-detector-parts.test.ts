import { it } from 'vitest';
import { expectAssembly } from './support/assembly.ts';

const HERE = './object-detector/assembly';

/** Outputs for a picture of 64 x 32 pixels: 32 cells of stride 8, 8 of 16, 2 of 32; two classes, three bins a side. */
const OUTPUTS = `
  const CLASSES = 2;
  const BINS = 3;
  const scores = new Float32Array(42 * CLASSES);
  const distances = new Float32Array(42 * 4 * BINS);
  /** A cell whose four sides are each that many strides away, as far as a softmax can say so. */
  function put(cell: i32, label: i32, score: f32, strides: i32 = 1): void {
    scores[cell * CLASSES + label] = score;
    for (let side = 0; side < 4; side++) distances[(cell * 4 + side) * BINS + strides] = 40;
  }
  function find(threshold: f32, most: i32): Detection[] {
    return findBest(scores, distances, 64, 32, CLASSES, threshold, 0.6, most);
  }`;

it('finds a box around the centre of its cell, at each stride', async () => {
  await expectAssembly(`
    import { boxAt, cellsOf } from '${HERE}/cells';
    import { Detection, findBest } from '${HERE}/detections';
    ${OUTPUTS}
    export function run(): void {
      assert(cellsOf(64, 32) == 42 && cellsOf(416, 416) == 3549, 'cells of all strides');
      put(9, 1, 0.5);
      put(37, 0, 0.7);
      put(41, 1, 0.6);
      const found = find(0.4, 10);
      assert(found.length == 3, 'three');
      assert(found[0].label == 0 && found[0].score == 0.7, 'the best first');
      let box = found[0].box;
      assert(box.left == 8 && box.right == 40 && box.top == 8 && box.bottom == 40, 'stride 16, column 1, row 1');
      box = found[1].box;
      assert(box.left == 16 && box.right == 80 && box.top == -16 && box.bottom == 48, 'stride 32, beyond the edges');
      box = found[2].box;
      assert(box.left == 4 && box.right == 20 && box.top == 4 && box.bottom == 20, 'stride 8, column 1, row 1');
    }`);
});

it('tells a distance by the mean of its bins', async () => {
  await expectAssembly(`
    import { boxAt } from '${HERE}/cells';
    export function run(): void {
      const distances = new Float32Array(4 * 11);
      distances[3] = Mathf.log(3);
      for (let bin = 0; bin < 11; bin++) if (bin != 3 && bin != 7) distances[bin] = -100;
      const box = boxAt(0, distances, 11, 416, 416);
      assert(abs(box.left - (4 - 8 * 4)) < 1e-4, 'three parts at 3 and one at 7 are at 4');
      assert(abs(box.top - (4 - 8 * 5)) < 1e-4, 'all alike are in the middle');
    }`);
});

it('keeps the best of boxes of a class that overlap, and those of other classes', async () => {
  await expectAssembly(`
    import { Detection, findBest } from '${HERE}/detections';
    ${OUTPUTS}
    export function run(): void {
      // From -4 to 28 and from -8 to 24 on both axes: they share 0.62.
      put(9, 0, 0.5, 2);
      put(32, 0, 0.6);
      put(32, 1, 0.4);
      put(41, 0, 0.3);
      const found = find(0.1, 10);
      assert(found.length == 3, 'one of the four is gone');
      assert(found[0].score == 0.6 && found[1].score == 0.4 && found[2].score == 0.3, 'the worse of its class');
      assert(find(0.1, 2).length == 2, 'as many as are wanted');
      assert(find(0.35, 10).length == 2, 'those of the threshold or more');
    }`);
});

it('looks at no more than a thousand boxes where the threshold lets all through', async () => {
  await expectAssembly(`
    import { Detection, findBest } from '${HERE}/detections';
    export function run(): void {
      const scores = new Float32Array(3549 * 80);
      scores[123 * 80 + 7] = 0.9;
      const distances = new Float32Array(3549 * 4 * 11);
      const found = findBest(scores, distances, 416, 416, 80, 0, 0.6, 1000);
      assert(found[0].label == 7 && found[0].score == 0.9, 'the best is among them');
      assert(found.length > 1 && found.length <= 1000, 'and few enough');
      scores.fill(NaN);
      assert(findBest(scores, distances, 416, 416, 80, 0, 0.6, 1000).length == 0, 'what is no number is no score');
    }`);
});
