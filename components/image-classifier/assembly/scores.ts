/** The graph's output to scores, and the best of them. */
import { Prediction } from '../../sdk/assembly/worlds/image-classification';

/** Places in SCORE_FUNCTIONS; the third, `none`, leaves the output as it is. */
const SOFTMAX: i32 = 0;
const SIGMOID: i32 = 1;

/** Turns the output into scores in place. */
export function score(values: Float32Array, scoreFunction: i32): void {
  if (scoreFunction == SOFTMAX) softmax(values);
  else if (scoreFunction == SIGMOID) sigmoid(values);
}

function softmax(values: Float32Array): void {
  // exp of a large output overflows; the shares are the same with the largest one taken off.
  let largest: f32 = -Infinity;
  for (let i = 0; i < values.length; i++) largest = max(largest, unchecked(values[i]));
  let sum: f64 = 0;
  for (let i = 0; i < values.length; i++) {
    const share = Mathf.exp(unchecked(values[i]) - largest);
    unchecked((values[i] = share));
    sum += share;
  }
  for (let i = 0; i < values.length; i++) unchecked((values[i] = <f32>(unchecked(values[i]) / sum)));
}

function sigmoid(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    unchecked((values[i] = 1 / (1 + Mathf.exp(-unchecked(values[i])))));
  }
}

/** The first value that is NaN or infinitely large, or -1. Minus infinity is a class ruled out. */
export function firstUnusable(values: Float32Array): i32 {
  for (let i = 0; i < values.length; i++) if (!(unchecked(values[i]) < Infinity)) return i;
  return -1;
}

/** The `count` classes of the highest scores, best first; equal scores by lower index. */
export function best(scores: Float32Array, count: i32): Prediction[] {
  const found: Prediction[] = [];
  for (let index = 0; index < scores.length; index++) {
    const value = unchecked(scores[index]);
    if (found.length == count && (count == 0 || value <= found[count - 1].score)) continue;
    let place = found.length;
    while (place > 0 && found[place - 1].score < value) place--;
    if (found.length == count) found.pop();
    insert(found, place, new Prediction(index, value));
  }
  return found;
}

function insert(list: Prediction[], place: i32, item: Prediction): void {
  list.push(item);
  for (let i = list.length - 1; i > place; i--) list[i] = list[i - 1];
  list[place] = item;
}
