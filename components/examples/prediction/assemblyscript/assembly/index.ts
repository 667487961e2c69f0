/** Compares two pictures: each through the graph, and how alike that finds them. */
import {
  ANY_SIZE,
  FailureKind,
  Inputs,
  JsonWriter,
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
  Answer,
  Description,
  ElementType,
  ExactSize,
  JsonOutput,
  NumberParameter,
  Picture,
  PictureInput,
  Predictor,
  Request,
  TensorOutput,
  TensorValue,
  servePredictor,
} from 'sandpiper/sdk/worlds/prediction';

export { cabi_realloc, describe, predict } from 'sandpiper/sdk/worlds/prediction';

const CHANNELS: i32 = 3;

/** The host holds every answer to it, and shows it to clients. */
const COMPARISON = `{
  "type": "object",
  "properties": {
    "similarity": { "type": "number", "minimum": -1, "maximum": 1 },
    "same": { "type": "boolean" }
  },
  "required": ["similarity", "same"]
}`;

/** `config` of model.json. */
class Settings {
  width: i32 = configInteger('width', 224, 1, 4096);
  height: i32 = configInteger('height', 224, 1, 4096);
  mean: f64[] = configNumbers('mean', 0, CHANNELS, -Infinity);
  std: f64[] = configNumbers('std', 1, CHANNELS, 0);
  input: string = configText('input', 'input');
  output: string = configText('output', '');
}

class Comparer extends Predictor {
  describe(): Description | null {
    const settings = new Settings();
    if (failed()) return null;
    const size = new ExactSize(settings.width, settings.height);
    return new Description()
      .input(new PictureInput('first', 'One picture.', size))
      .input(new PictureInput('second', 'The picture that it is compared with.', size))
      .parameter(
        new NumberParameter('threshold', 'The similarity from which on both count as the same.')
          .atLeast(-1)
          .atMost(1)
          .withDefault(0.8),
      )
      .output(new JsonOutput('comparison', 'How alike both pictures are.', COMPARISON))
      .output(
        new TensorOutput('features', 'What the graph gave for each.', ElementType.Float32, [2, ANY_SIZE]),
      );
  }

  predict(request: Request): Answer | null {
    const settings = new Settings();
    if (failed()) return null;
    const first = features(request.inputs.picture('first'), settings);
    if (!first) return null;
    const second = features(request.inputs.picture('second'), settings);
    if (!second) return null;

    const similarity = cosine(first, second);
    const comparison = new JsonWriter()
      .object()
      .key('similarity')
      .number(similarity)
      .key('same')
      .boolean(similarity >= request.parameters.number('threshold'))
      .end();
    log(LogLevel.Debug, 'predict', comparison.text);
    return new Answer()
      .json('comparison', comparison.text)
      .tensor('features', TensorValue.ofFloats([2, first.length], joined(first, second)));
  }
}

/** What the graph gives for a picture; null, with a failure, if the run fails. */
function features(picture: Picture, settings: Settings): Float32Array | null {
  if (picture.width != settings.width || picture.height != settings.height) {
    fail(FailureKind.Internal, `the picture is ${picture.width} x ${picture.height}`);
    return null;
  }
  const context = openGraph('model');
  if (!context) return null;
  const outputs = context.compute(new Inputs().set(settings.input, normalise(picture.pixels, settings)));
  if (!outputs) return null;
  const output = outputs.take(settings.output);
  return output ? output.floats() : null;
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

/** From -1 to 1, at which both point the same way. */
function cosine(a: Float32Array, b: Float32Array): f64 {
  let product: f64 = 0;
  let squareA: f64 = 0;
  let squareB: f64 = 0;
  for (let i = 0; i < a.length; i++) {
    product += <f64>a[i] * b[i];
    squareA += <f64>a[i] * a[i];
    squareB += <f64>b[i] * b[i];
  }
  const length = Math.sqrt(squareA * squareB);
  return length > 0 ? Math.max(-1, Math.min(1, product / length)) : 0;
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

servePredictor(new Comparer());
