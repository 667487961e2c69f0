/** The SDK: what a component imports beside its world. */
export { readAsset } from './assets';
export {
  configChoice,
  configInteger,
  configNumber,
  configNumbers,
  configText,
  refuseUnknownConfig,
} from './config';
export { formatDecimal } from './decimal';
export { ErrorCode, FailureKind, fail, failed } from './failure';
export { Context, Inputs, Outputs, openGraph } from './graph';
export { ANY_SIZE, GraphFacts, Port } from './graph-facts';
export { floatOfHalf, halfOfFloat } from './half';
export { JsonKind, JsonValue, parseJson } from './json-reader';
export { JsonWriter } from './json-writer';
export {
  SoundExtent,
  SoundState,
  TurnDetection,
  giveWay,
  isLive,
  releaseSound,
  settleTurn,
  speechStarted,
  speechStopped,
  tellWords,
  turnDetection,
  waitForSound,
} from './live-sound';
export { LogLevel, log } from './logging';
export { reportProgress } from './progress';
export { readSound, soundLength } from './sound';
export { Tensor, TensorType } from './tensor';
