/** The reference object detector: NanoDet and its kind, boxes in the client's own pixels. */
import { FailureKind, Inputs, JsonWriter, Tensor, TensorType, fail, openGraph } from '../../sdk/assembly';
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
import { Detection, keepBest } from './detections';
import { SCHEMA } from './schema';
import { BOXES, CLASSES, INPUT, SCORES, checkGraph, readLabels, readSettings } from './settings';

export { cabi_realloc, describe, predict } from '../../sdk/assembly/worlds/prediction';

class ObjectDetector extends Predictor {
  describe(): Description | null {
    const settings = readSettings();
    const graph = settings ? checkGraph(settings) : null;
    if (!settings || !graph) return null;
    return new Description()
      .input(
        new PictureInput(
          'image',
          'The picture to look at.',
          new ExactSize(graph.width, graph.height, Fit.Pad),
        ),
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
          .atMost(graph.boxes)
          .withDefault(min<i64>(settings.maxResults, graph.boxes)),
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
    const classes = outputs.take(CLASSES);
    const boxes = outputs.take(BOXES);
    if (!scores || !classes || !boxes) return null;
    const kept = keepBest(
      Float32Array.wrap(scores.bytes()),
      Int32Array.wrap(classes.bytes()),
      Float32Array.wrap(boxes.bytes()),
      <f32>request.parameters.number('threshold'),
      <f32>settings.overlap,
      <i32>request.parameters.integer('max_results'),
    );
    for (let i = 0; i < kept.length; i++) {
      if (kept[i].label >= 0 && kept[i].label < labels.length) continue;
      fail(
        FailureKind.Internal,
        `the graph found class ${kept[i].label}, and there are ${labels.length} labels`,
      );
      return null;
    }
    return new Answer().json('detections', write(kept, labels, picture));
  }
}

/** The objects as Hugging Face's `object-detection` tells them. */
function write(kept: Detection[], labels: string[], picture: Picture): string {
  const writer = new JsonWriter().array();
  for (let i = 0; i < kept.length; i++) {
    const one = kept[i];
    writer
      .object()
      .key('label')
      .string(labels[one.label])
      .key('score')
      .number(one.score)
      .key('box')
      .object()
      .key('xmin')
      .number(whole(picture.originalX(one.left)))
      .key('ymin')
      .number(whole(picture.originalY(one.top)))
      .key('xmax')
      .number(whole(picture.originalX(one.right)))
      .key('ymax')
      .number(whole(picture.originalY(one.bottom)))
      .end()
      .end();
  }
  return writer.end().text;
}

function whole(value: f32): i32 {
  return <i32>Math.round(value);
}

servePredictor(new ObjectDetector());
