/** The reference object detector: NanoDet and its kind, boxes in the client's own pixels. */
import { Inputs, JsonWriter, Tensor, TensorType, openGraph } from '../../sdk/assembly';
import {
  Answer,
  Description,
  ExactSize,
  Fit,
  IntegerParameter,
  JsonOutput,
  NumberParameter,
  Picture,
  PictureInput,
  Predictor,
  Request,
  servePredictor,
} from '../../sdk/assembly/worlds/prediction';
import { Detection, findBest } from './detections';
import { SCHEMA } from './schema';
import { BOXES, INPUT, MOST_RESULTS, SCORES, checkGraph, readLabels, readSettings } from './settings';

export { cabi_realloc, describe, predict } from '../../sdk/assembly/worlds/prediction';

class ObjectDetector extends Predictor {
  describe(): Description | null {
    const settings = readSettings();
    const size = settings ? checkGraph(settings) : null;
    if (!settings || !size) return null;
    return new Description()
      .input(
        new PictureInput('image', 'The picture to look at.', new ExactSize(size.width, size.height, Fit.Pad)),
      )
      .parameter(
        new NumberParameter('threshold', 'The least score of an object that is told.')
          .atLeast(0)
          .atMost(1)
          .withDefault(settings.threshold),
      )
      .parameter(
        new IntegerParameter('max_results', 'How many objects are told at most, those of the best scores.')
          .atLeast(1)
          .atMost(MOST_RESULTS)
          .withDefault(settings.maxResults),
      )
      .output(
        new JsonOutput('detections', 'Objects, best first; boxes in pixels of the picture sent.', SCHEMA),
      );
  }

  predict(request: Request): Answer | null {
    const settings = readSettings();
    const labels = settings ? readLabels() : null;
    if (!settings || !labels) return null;
    const picture = request.inputs.picture('image');

    const context = openGraph(settings.graph);
    if (!context) return null;
    const pixels = Tensor.of(TensorType.U8, [1, picture.height, picture.width, 3], picture.pixels);
    const outputs = context.compute(new Inputs().set(INPUT, pixels));
    if (!outputs) return null;
    const scores = outputs.take(SCORES);
    const boxes = outputs.take(BOXES);
    if (!scores || !boxes) return null;
    const scoreValues = scores.floats();
    const boxValues = boxes.floats();
    if (!scoreValues || !boxValues) return null;

    const found = findBest(
      scoreValues,
      boxValues,
      picture.width,
      picture.height,
      labels.length,
      <f32>request.parameters.number('threshold'),
      <f32>settings.overlap,
      <i32>request.parameters.integer('max_results'),
    );
    return new Answer().json('detections', write(found, labels, picture));
  }
}

/** The objects as Hugging Face's `object-detection` tells them. */
function write(found: Detection[], labels: string[], picture: Picture): string {
  const writer = new JsonWriter().array();
  for (let i = 0; i < found.length; i++) {
    const one = found[i];
    writer
      .object()
      .key('label')
      .string(labels[one.label])
      .key('score')
      .number(one.score)
      .key('box')
      .object()
      .key('xmin')
      .number(whole(picture.originalX(one.box.left)))
      .key('ymin')
      .number(whole(picture.originalY(one.box.top)))
      .key('xmax')
      .number(whole(picture.originalX(one.box.right)))
      .key('ymax')
      .number(whole(picture.originalY(one.box.bottom)))
      .end()
      .end();
  }
  return writer.end().text;
}

function whole(value: f32): i32 {
  return <i32>Math.round(value);
}

servePredictor(new ObjectDetector());
