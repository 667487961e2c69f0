/**
 * The world `image-classifier`: its types, and the exported functions as the canonical ABI lowers
 * them. A component extends `ImageClassifier`, gives one to `serveImageClassifier` and exports
 * `describe`, `classify` and `cabi_realloc` from here.
 */
import { forgetReceived, keepBlock, resultArea, takeBuffer } from '../abi/memory';
import { storeFailure } from '../failure';

export { cabi_realloc } from '../abi/memory';

/** The cases of `fit`, in the order of the contract. */
export const FITS: string[] = ['crop', 'pad', 'stretch'];
/** The cases of `filter`. */
export const FILTERS: string[] = ['nearest', 'bilinear', 'bicubic', 'lanczos'];
/** The cases of `pixel-format`. */
export const PIXEL_FORMATS: string[] = ['rgb8', 'gray8'];
/** The cases of `score-function`. */
export const SCORE_FUNCTIONS: string[] = ['softmax', 'sigmoid', 'none'];

/** `image-input` of the contract; fit, filter and format are places in the lists above. */
export class ImageInput {
  width: u32;
  height: u32;
  fit: u8;
  cropFraction: f32;
  filter: u8;
  format: u8;
}

export class Picture {
  constructor(
    public width: u32,
    public height: u32,
    public format: u8,
    /** height x width x channels bytes. */
    public pixels: Uint8Array,
  ) {}
}

/** -1 stands for "as the configuration says". */
export class ClassifyOptions {
  constructor(
    public topK: i64,
    public scoreFunction: i32,
  ) {}
}

export class Prediction {
  constructor(
    public index: u32,
    public score: f32,
  ) {}
}

/** Implemented by the component; returns null, with a failure set, if it cannot answer. */
export abstract class ImageClassifier {
  abstract describe(): ImageInput | null;
  abstract classify(picture: Picture, options: ClassifyOptions): Prediction[] | null;
}

let component: ImageClassifier | null = null;

export function serveImageClassifier(classifier: ImageClassifier): void {
  component = classifier;
}

export function describe(): usize {
  const input = component!.describe();
  if (!input) return failure();
  store<u8>(resultArea, 0);
  store<u32>(resultArea, input.width, 4);
  store<u32>(resultArea, input.height, 8);
  store<u8>(resultArea, input.fit, 12);
  store<f32>(resultArea, input.cropFraction, 16);
  store<u8>(resultArea, input.filter, 20);
  store<u8>(resultArea, input.format, 21);
  return resultArea;
}

export function classify(
  width: u32,
  height: u32,
  format: u32,
  pixels: usize,
  bytes: usize,
  hasTopK: u32,
  topK: u32,
  hasScoreFunction: u32,
  scoreFunction: u32,
): usize {
  const picture = new Picture(width, height, <u8>format, Uint8Array.wrap(takeBuffer(pixels, bytes)));
  forgetReceived();
  const options = new ClassifyOptions(hasTopK ? <i64>topK : -1, hasScoreFunction ? <i32>scoreFunction : -1);
  const predictions = component!.classify(picture, options);
  if (!predictions) return failure();
  const list = keepBlock((<usize>predictions.length) << 3);
  for (let i = 0; i < predictions.length; i++) {
    const item = list + ((<usize>i) << 3);
    store<u32>(item, predictions[i].index);
    store<f32>(item, predictions[i].score, 4);
  }
  store<u8>(resultArea, 0);
  store<usize>(resultArea, list, 4);
  store<usize>(resultArea, predictions.length, 8);
  return resultArea;
}

function failure(): usize {
  store<u8>(resultArea, 1);
  storeFailure(resultArea + 4);
  return resultArea;
}
