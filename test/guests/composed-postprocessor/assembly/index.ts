/** The second half of a composed classifier: it has its pixels normalised by the first one. */
import { Inputs, Tensor, TensorType, openGraph } from '../../../../components/sdk/assembly';
import { forgetReceived, returnArea, takeBuffer } from '../../../../components/sdk/assembly/abi/memory';
import {
  ClassifyOptions,
  ImageClassifier,
  ImageInput,
  Picture,
  Prediction,
  serveImageClassifier,
} from '../../../../components/sdk/assembly/worlds/image-classification';
import { best, score } from '../../../../components/image-classifier/assembly/scores';
import { callNormalise } from './abi/preprocessing';

export {
  cabi_realloc,
  classify,
  describe,
} from '../../../../components/sdk/assembly/worlds/image-classification';

const SIDE: u32 = 224;
const TOP_K = 5;
const SOFTMAX = 0;

class ComposedClassifier extends ImageClassifier {
  describe(): ImageInput | null {
    const input = new ImageInput();
    input.width = SIDE;
    input.height = SIDE;
    // fit, filter and format as the plain classifier has them: crop, bilinear, rgb8.
    input.cropFraction = 0.875;
    input.filter = 1;
    return input;
  }

  classify(picture: Picture, options: ClassifyOptions): Prediction[] | null {
    const context = openGraph('model');
    if (!context) return null;
    const input = Tensor.of(TensorType.FP32, [1, 3, SIDE, SIDE], normalise(picture.pixels));
    const outputs = context.compute(new Inputs().set('input', input));
    if (!outputs) return null;
    const output = outputs.take('');
    const values = output ? output.floats() : null;
    if (!values) return null;
    score(values, SOFTMAX);
    return best(values, options.topK < 0 ? TOP_K : <i32>options.topK);
  }
}

function normalise(pixels: Uint8Array): Uint8Array {
  callNormalise(pixels.dataStart, pixels.length, returnArea);
  const bytes = Uint8Array.wrap(takeBuffer(load<usize>(returnArea), load<usize>(returnArea, 4)));
  forgetReceived();
  return bytes;
}

serveImageClassifier(new ComposedClassifier());
