/** The reference image classifier: one component for every model whose manifest configures it. */
import { FailureKind, Inputs, fail, formatDecimal, openGraph } from '../../sdk/assembly';
import {
  ClassifyOptions,
  ImageClassifier,
  ImageInput,
  Picture,
  Prediction,
  serveImageClassifier,
} from '../../sdk/assembly/worlds/image-classification';
import { normalise } from './normalise';
import { best, firstUnusable, score } from './scores';
import { Settings, readSettings } from './settings';

export { cabi_realloc, classify, describe } from '../../sdk/assembly/worlds/image-classification';

class ReferenceImageClassifier extends ImageClassifier {
  describe(): ImageInput | null {
    const settings = readSettings();
    return settings ? settings.image : null;
  }

  classify(picture: Picture, options: ClassifyOptions): Prediction[] | null {
    const settings = readSettings();
    if (!settings || !fits(picture, settings)) return null;
    const values = run(picture, settings);
    if (!values) return null;

    const unusable = firstUnusable(values);
    if (unusable >= 0) {
      fail(FailureKind.Internal, `the graph gave ${formatDecimal(values[unusable])} for class ${unusable}`);
      return null;
    }
    score(values, options.scoreFunction < 0 ? settings.scoreFunction : options.scoreFunction);
    const wanted = options.topK < 0 ? settings.topK : options.topK;
    return best(values, <i32>min(wanted, values.length));
  }
}

/** The graph's output for one picture; null, with a failure, if the run fails. */
function run(picture: Picture, settings: Settings): Float32Array | null {
  const context = openGraph(settings.graph);
  if (!context) return null;
  const inputs = new Inputs().set(settings.inputName, normalise(picture.pixels, settings));
  const outputs = context.compute(inputs);
  if (!outputs) return null;
  const output = outputs.take(settings.outputName);
  return output ? output.floats() : null;
}

/** Whether the picture is the one that `describe` asked for; a failure says what differs. */
function fits(picture: Picture, settings: Settings): bool {
  const wanted = settings.image;
  const sized = picture.width == wanted.width && picture.height == wanted.height;
  const bytes = <i32>(wanted.width * wanted.height) * settings.channels;
  if (sized && picture.format == wanted.format && picture.pixels.length == bytes) return true;
  fail(
    FailureKind.Internal,
    `wanted ${wanted.width} x ${wanted.height} pixels of ${settings.channels} bytes, but got ` +
      `${picture.width} x ${picture.height} in ${picture.pixels.length} bytes`,
  );
  return false;
}

serveImageClassifier(new ReferenceImageClassifier());
