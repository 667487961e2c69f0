import { atOnce } from '../../src/async/turns.ts';
import { inspectingModel, type ModelFacts } from '../../src/engine/backends/onnx/file/inspect-model.ts';

export function inspectModel(bytes: Uint8Array): ModelFacts {
  return atOnce(inspectingModel(bytes));
}
