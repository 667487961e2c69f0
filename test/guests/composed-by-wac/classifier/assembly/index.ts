/** A classifier whose preprocessing is another component's, written in another language: see ../../composed.wit. */
import { Inputs, Tensor, openGraph } from '../../../../../components/sdk/assembly';
import {
  ClassifyOptions,
  ImageClassifier,
  ImageInput,
  Picture,
  Prediction,
  serveImageClassifier,
} from '../../../../../components/sdk/assembly/worlds/image-classification';
import { best, score } from '../../../../../components/image-classifier/assembly/scores';
import { prepare } from './abi/preprocessing';

export {
  cabi_realloc,
  classify,
  describe,
} from '../../../../../components/sdk/assembly/worlds/image-classification';

const TOP_K = 5;
const SOFTMAX = 0;

/** Where the graph's input says its height and width. */
const HEIGHT = 2;
const WIDTH = 3;

class PreparedClassifier extends ImageClassifier {
  describe(): ImageInput | null {
    const context = openGraph('model');
    if (!context) return null;
    const sizes = context.facts().inputs[0].dimensions;
    if (!sizes || sizes.length <= WIDTH) return null;
    const input = new ImageInput();
    input.width = <u32>sizes[WIDTH];
    input.height = <u32>sizes[HEIGHT];
    // fit, filter and format as the plain classifier has them: crop, bilinear, rgb8.
    input.cropFraction = 0.875;
    input.filter = 1;
    return input;
  }

  classify(picture: Picture, options: ClassifyOptions): Prediction[] | null {
    const context = openGraph('model');
    if (!context) return null;
    const pixels = picture.pixels;
    const input = new Tensor(prepare(picture.width, picture.height, pixels.dataStart, pixels.length));
    const outputs = context.compute(new Inputs().set('input', input));
    if (!outputs) return null;
    const output = outputs.take('');
    const values = output ? output.floats() : null;
    if (!values) return null;
    score(values, options.scoreFunction < 0 ? SOFTMAX : options.scoreFunction);
    return best(values, options.topK < 0 ? TOP_K : <i32>options.topK);
  }
}

serveImageClassifier(new PreparedClassifier());
