/**
 * The world `predictor`, the open contract: its exported functions as the canonical ABI lowers them. A component
 * extends `Predictor`, gives one to `servePredictor` and exports `describe`, `predict` and `cabi_realloc` from here.
 */
import { resultArea } from '../abi/memory';
import { storeFailure } from '../failure';
import { Answer } from '../prediction/answer';
import { Description } from '../prediction/description';
import { Request } from '../prediction/request';

export { cabi_realloc } from '../abi/memory';
export { Answer } from '../prediction/answer';
export { Description } from '../prediction/description';
export {
  BoundedSize,
  ExactSize,
  FileInput,
  Filter,
  Fit,
  JsonInput,
  PictureInput,
  SoundInput,
  TensorInput,
  TextInput,
} from '../prediction/inputs';
export { JsonOutput, LabelsOutput, MediaOutput, TensorOutput, TextOutput } from '../prediction/outputs';
export { BooleanParameter, IntegerParameter, NumberParameter, TextParameter } from '../prediction/parameters';
export { Request } from '../prediction/request';
export { Region, readRegion, readSound, soundLength } from '../prediction/request-media';
export { ElementType, Picture, PixelFormat, ScoredLabel, TensorValue } from '../prediction/values';

/** Implemented by the component; returns null, with a failure set, if it cannot answer. */
export abstract class Predictor {
  abstract describe(): Description | null;
  abstract predict(request: Request): Answer | null;
}

let component: Predictor | null = null;

/** Kept, since the result points into it. */
let answer: Answer | null = null;

export function servePredictor(predictor: Predictor): void {
  component = predictor;
}

export function describe(): usize {
  const description = component!.describe();
  if (!description) return failure();
  store<u8>(resultArea, 0);
  description.store(resultArea + 4);
  return resultArea;
}

export function predict(
  inputs: usize,
  inputCount: u32,
  parameters: usize,
  parameterCount: u32,
  wanted: usize,
  wantedCount: u32,
): usize {
  const request = new Request(inputs, inputCount, parameters, parameterCount, wanted, wantedCount);
  const given = component!.predict(request);
  if (!given) return failure();
  answer = given;
  store<u8>(resultArea, 0);
  given.store(resultArea + 4);
  return resultArea;
}

function failure(): usize {
  store<u8>(resultArea, 1);
  storeFailure(resultArea + 4);
  return resultArea;
}
