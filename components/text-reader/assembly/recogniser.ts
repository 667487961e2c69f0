/** Reads the text in pictures of lines. */
import { Context, FailureKind, Inputs, Tensor, TensorType, fail } from '../../sdk/assembly';
import { Alphabet, BLANK } from './alphabet';
import { Box } from './box';
import { LINE_HEIGHT, crop, widthOf } from './crop';
import { Planes } from './planes';

/** Lines that go through the graph together, how much wider than another they may be, and pixels of width in all. */
const MOST_AT_ONCE: i32 = 8;
const WIDER: f32 = 1.2;
const MOST_WIDTH_AT_ONCE: i32 = 4096;

const MIDDLE: f32[] = [127.5, 127.5, 127.5];

export class Line {
  text: string = '';
  /** The mean probability of its characters; 0 without any. */
  score: f32 = 0;
  width: i32;

  constructor(public box: Box) {
    this.width = widthOf(box);
  }
}

/** Writes text and score of every line; false, with a failure, if a run fails. */
export function recognise(context: Context, alphabet: Alphabet, lines: Line[], picture: string): bool {
  const planes = new Planes(MIDDLE, MIDDLE);
  const byWidth = lines.slice().sort((a, b) => b.width - a.width);
  for (let from = 0; from < byWidth.length;) {
    const batch = batchFrom(byWidth, from);
    const widest = batch[0].width;
    // Zeros, the middle of the range, behind the shorter ones: so the graph was trained.
    const values = new Float32Array(batch.length * 3 * LINE_HEIGHT * widest);
    for (let i = 0; i < batch.length; i++) {
      const pixels = crop(picture, batch[i].box, batch[i].width);
      planes.write(pixels, batch[i].width, LINE_HEIGHT, values, i * 3 * LINE_HEIGHT * widest, widest);
    }
    const input = Tensor.of(TensorType.FP32, [batch.length, 3, LINE_HEIGHT, widest], values);
    if (!readBatch(context, alphabet, batch, input)) return false;
    from += batch.length;
  }
  return true;
}

/** The lines from a place on that may go together; they are ordered by width. */
function batchFrom(byWidth: Line[], from: i32): Line[] {
  const widest = byWidth[from].width;
  const most = min(MOST_AT_ONCE, max(1, MOST_WIDTH_AT_ONCE / widest));
  let to = from + 1;
  while (to < min(byWidth.length, from + most) && <f32>byWidth[to].width * WIDER >= <f32>widest) to++;
  return byWidth.slice(from, to);
}

function readBatch(context: Context, alphabet: Alphabet, lines: Line[], input: Tensor): bool {
  const outputs = context.compute(new Inputs().set('x', input));
  if (!outputs) return false;
  const classes = outputs.take('classes');
  const probabilities = outputs.take('probabilities');
  if (!classes || !probabilities) return false;
  const best = classes.bytes();
  const sure = probabilities.floats();
  classes.drop();
  probabilities.drop();
  if (!sure) return false;
  if (best.byteLength != sure.length * 8 || sure.length % lines.length != 0) {
    fail(FailureKind.Internal, `the recogniser gave ${sure.length} probabilities for ${lines.length} lines`);
    return false;
  }
  const steps = sure.length / lines.length;
  for (let i = 0; i < lines.length; i++) {
    if (
      !decode(
        lines[i],
        alphabet,
        changetype<usize>(best) + ((<usize>(i * steps)) << 3),
        sure,
        i * steps,
        steps,
      )
    )
      return false;
  }
  return true;
}

/** Greedy CTC: a class that stays is one character, and blanks are none. */
function decode(
  line: Line,
  alphabet: Alphabet,
  classes: usize,
  sure: Float32Array,
  from: i32,
  steps: i32,
): bool {
  let last = BLANK;
  let sum: f64 = 0;
  let count = 0;
  for (let step = 0; step < steps; step++) {
    const best = load<i64>(classes + ((<usize>step) << 3));
    if (best < 0 || best >= alphabet.size) {
      fail(FailureKind.Internal, `the recogniser gave class ${best} of ${alphabet.size}`);
      return false;
    }
    if (best != BLANK && best != last) {
      line.text += alphabet.character(best);
      sum += sure[from + step];
      count++;
    }
    last = best;
  }
  line.text = line.text.trim();
  if (count > 0) line.score = <f32>(sum / count);
  return true;
}
