/** An image classifier: pixels to a normalised tensor, through the graph, to the best classes. */
import {
  FailureKind,
  Inputs,
  LogLevel,
  Tensor,
  TensorType,
  configInteger,
  configNumbers,
  configText,
  fail,
  failed,
  log,
  openGraph,
} from 'sandpiper/sdk';
import {
  ClassifyOptions,
  ImageClassifier,
  ImageInput,
  Picture,
  Prediction,
  SCORE_FUNCTIONS,
  serveImageClassifier,
} from 'sandpiper/sdk/worlds/image-classification';

export { cabi_realloc, classify, describe } from 'sandpiper/sdk/worlds/image-classification';

const CHANNELS: i32 = 3;
const SIGMOID: i32 = SCORE_FUNCTIONS.indexOf('sigmoid');
const NONE: i32 = SCORE_FUNCTIONS.indexOf('none');

/** `config` of model.json. */
class Settings {
  width: i32 = configInteger('width', 224, 1, 4096);
  height: i32 = configInteger('height', 224, 1, 4096);
  mean: f64[] = configNumbers('mean', 0, CHANNELS, -Infinity);
  std: f64[] = configNumbers('std', 1, CHANNELS, 0);
  input: string = configText('input', 'input');
  output: string = configText('output', '');
  topK: i32 = configInteger('top-k', 5, 1, 100_000);
}

class Classifier extends ImageClassifier {
  describe(): ImageInput | null {
    const settings = new Settings();
    if (failed()) return null;
    const image = new ImageInput();
    image.width = settings.width;
    image.height = settings.height;
    image.cropFraction = 0.875;
    image.filter = 1; // bilinear
    return image; // crop and rgb8 are the first of their kinds
  }

  classify(picture: Picture, options: ClassifyOptions): Prediction[] | null {
    const settings = new Settings();
    if (failed()) return null;
    if (picture.width != settings.width || picture.height != settings.height) {
      fail(FailureKind.Internal, `the picture is ${picture.width} x ${picture.height}`);
      return null;
    }
    const context = openGraph('model');
    if (!context) return null;
    const outputs = context.compute(new Inputs().set(settings.input, normalise(picture.pixels, settings)));
    if (!outputs) return null;
    const output = outputs.take(settings.output);
    if (!output) return null;
    const scores = output.floats();
    if (!scores) return null;
    toScores(scores, options.scoreFunction);
    const wanted = options.topK < 0 ? settings.topK : options.topK;
    const found = best(scores, <i32>min(wanted, scores.length));
    log(LogLevel.Debug, 'classify', `best class ${found.length > 0 ? found[0].index : 0}`);
    return found;
  }
}

/** Row by row RGB bytes to planes of (pixel - mean) / std. */
function normalise(pixels: Uint8Array, settings: Settings): Tensor {
  const count = settings.width * settings.height;
  const planes = new Float32Array(count * CHANNELS);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const values = new StaticArray<f32>(256);
    for (let byte = 0; byte < 256; byte++) {
      values[byte] = <f32>((<f64>byte - settings.mean[channel]) / settings.std[channel]);
    }
    for (let pixel = 0; pixel < count; pixel++) {
      planes[channel * count + pixel] = values[pixels[pixel * CHANNELS + channel]];
    }
  }
  return Tensor.of(TensorType.FP32, [1, CHANNELS, settings.height, settings.width], planes);
}

function toScores(values: Float32Array, scoreFunction: i32): void {
  if (scoreFunction == NONE) return;
  if (scoreFunction == SIGMOID) {
    for (let i = 0; i < values.length; i++) values[i] = <f32>(1 / (1 + Math.exp(-values[i])));
    return;
  }
  let largest: f32 = -Infinity;
  for (let i = 0; i < values.length; i++) largest = max(largest, values[i]);
  let sum: f64 = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = <f32>Math.exp(values[i] - largest);
    sum += values[i];
  }
  for (let i = 0; i < values.length; i++) values[i] = <f32>(values[i] / sum);
}

/** The `count` classes of the highest scores, best first; equal scores by lower index. */
function best(scores: Float32Array, count: i32): Prediction[] {
  const all = new Array<Prediction>(scores.length);
  for (let index = 0; index < scores.length; index++) all[index] = new Prediction(index, scores[index]);
  all.sort((a, b) => {
    if (a.score != b.score) return a.score > b.score ? -1 : 1;
    return a.index - b.index;
  });
  return all.slice(0, count);
}

serveImageClassifier(new Classifier());
