/** Where the lines of text are. */
import { Context, FailureKind, Inputs, Tensor, TensorType, fail } from '../../sdk/assembly';
import { Picture } from '../../sdk/assembly/worlds/prediction';
import { findBlobs } from './blobs';
import { Box, boxAround } from './box';
import { Planes } from './planes';
import { Settings } from './settings';

/** ImageNet's means and deviations, of blue, green and red as the detector was trained with them. */
const MEANS: f32[] = [123.675, 116.28, 103.53];
const DEVIATIONS: f32[] = [58.395, 57.12, 57.375];
/** Pixels, before and after a box is grown. */
const LEAST_HEIGHT: f32 = 3;
const LEAST_GROWN_HEIGHT: f32 = 5;

/** A box in the client's own pixels. */
export class Found {
  constructor(
    public box: Box,
    public probability: f32,
  ) {}
}

/** Boxes of lines in no order; null, with a failure, if the run fails. */
export function detect(context: Context, picture: Picture, settings: Settings): Found[] | null {
  const width = <i32>picture.width;
  const height = <i32>picture.height;
  const planes = new Float32Array(3 * width * height);
  new Planes(MEANS, DEVIATIONS).write(picture.pixels, width, height, planes, 0, width);
  const input = Tensor.of(TensorType.FP32, [1, 3, height, width], planes);
  const outputs = context.compute(new Inputs().set('x', input));
  if (!outputs) return null;
  const output = outputs.take('');
  const map = output ? output.floats() : null;
  if (!map) return null;
  if (map.length != width * height) {
    fail(FailureKind.Internal, `the detector gave ${map.length} numbers for ${width} x ${height} pixels`);
    return null;
  }

  const found: Found[] = [];
  const blobs = findBlobs(map, width, height, settings.pixelThreshold);
  for (let i = 0; i < blobs.length; i++) {
    if (blobs[i].probability < settings.lineThreshold) continue;
    const box = boxAround(blobs[i].outline);
    if (min(box.width, box.height) < LEAST_HEIGHT) continue;
    const grown = box.grown((box.width * box.height * settings.unclip) / (2 * (box.width + box.height)));
    if (min(grown.width, grown.height) < LEAST_GROWN_HEIGHT) continue;
    found.push(new Found(original(grown, picture), blobs[i].probability));
  }
  if (found.length <= settings.mostLines) return found;
  found.sort((a, b) => (a.probability < b.probability ? 1 : a.probability > b.probability ? -1 : 0));
  return found.slice(0, settings.mostLines);
}

/** The two scales differ by less than a pixel of the whole side, so a rectangle stays one. */
function original(box: Box, picture: Picture): Box {
  const scale = Mathf.sqrt(picture.scaleX * picture.scaleY);
  return new Box(
    box.x / picture.scaleX + picture.left,
    box.y / picture.scaleY + picture.top,
    box.cosine,
    box.sine,
    box.width / scale,
    box.height / scale,
  );
}
