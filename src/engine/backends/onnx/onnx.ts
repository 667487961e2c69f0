/** ONNX, run by ONNX Runtime. */
import type { Turns } from '../../../async/turns.ts';
import { ELEMENTS } from '../../../element-types.ts';
import type { Backend, Inspection } from '../../backend.ts';
import { EngineError } from '../../engine-error.ts';
import type { PortFacts } from '../../graph-facts.ts';
import { fatalOperators } from './file/fatal-operators.ts';
import { inlineData, locatingData, MAX_MODEL_BYTES } from './file/inline-data.ts';
import { inspectingModel } from './file/inspect-model.ts';
import { doubtOfLoad } from './file/load-doubt.ts';
import { whatElseItIs } from './file/not-onnx.ts';
import type { IoFacts } from './file/value-info.ts';
import { Arena } from './runtime/arena.ts';
import { LIBRARY_VERSION } from './runtime/c-api.ts';
import { OnnxRuntime, type RuntimeHandle } from './runtime/runtime.ts';

/** Classifiers of scikit-learn output their probabilities as a sequence of maps by default. */
const WITHOUT_ZIPMAP =
  "export the model with tensors alone, without ZipMap (skl2onnx: options={'zipmap': False}; onnxmltools: zipmap=False)";

export const ONNX: Backend = {
  encoding: 'onnx',
  format: 'ONNX',
  extension: '.onnx',
  library: 'onnxruntime',
  version: LIBRARY_VERSION,
  platforms: { protocol: 'onnx_onnxv1', triton: 'onnxruntime_onnx' },
  recognises: (model) => whatElseItIs(model) === undefined,
  inspecting,
  remedies: { SEQUENCE: WITHOUT_ZIPMAP, MAP: WITHOUT_ZIPMAP },
  externalData: { maxBytes: MAX_MODEL_BYTES, locating: locatingData, inline: inlineData },
  start(memoryBytes) {
    const runtime = OnnxRuntime.start(memoryBytes);
    return { runtime, memory: new Arena(runtime) };
  },
  attach(handle: RuntimeHandle) {
    return OnnxRuntime.attach(handle);
  },
};

function* inspecting(model: Uint8Array): Turns<Inspection> {
  const facts = yield* inspectingModel(model);
  const [external] = facts.externalData;
  if (external !== undefined) {
    throw new EngineError(
      'security',
      `The model refers to data outside its file (${JSON.stringify(external)}); save it with its data inside.`,
    );
  }
  return {
    facts: {
      inputs: facts.inputs.map(portFacts),
      outputs: facts.outputs.map(portFacts),
      metadata: { ...facts.metadata },
      fatal: fatalOperators(facts),
    },
    doubt: doubtOfLoad(facts, model.byteLength),
  };
}

function portFacts({ name, elementType, dimensions, optional }: IoFacts): PortFacts {
  return {
    name,
    type: ELEMENTS.get(elementType)?.tensorType,
    elementType,
    dimensions,
    ...(optional && { optional }),
  };
}
