/** Inputs and outputs of a graph, read from its file before the engine sees it. */
import { atOnce, type Turns } from '../async/turns.ts';
import { EngineError } from './engine-error.ts';
import type { GraphFacts, PortFacts } from './graph-facts.ts';
import { ELEMENTS } from '../element-types.ts';
import { OnnxFormatError } from './onnx/file/format-error.ts';
import { inspectingModel, type ModelFacts } from './onnx/file/inspect-model.ts';
import { doubtOfLoad } from './onnx/file/load-doubt.ts';
import type { IoFacts } from './onnx/file/value-info.ts';

export interface InspectOptions {
  /** Without a component: tensors may be of any type that the engine takes, not only those of wasi:nn. */
  bare: boolean;
}

export interface InspectedGraph {
  facts: GraphFacts;
  /** Why loading must be tried first; `undefined` if it need not be. */
  doubt: string | undefined;
}

/**
 * @param model a serialised ONNX ModelProto
 * @throws EngineError `invalid-encoding`, `security`, `unsupported-operation`: what could never be run is refused at once
 */
export function inspectGraph(model: Uint8Array, options: InspectOptions): InspectedGraph {
  return atOnce(inspectingGraph(model, options));
}

/** As {@link inspectGraph}, for a thread that has other work. */
export function* inspectingGraph(model: Uint8Array, { bare }: InspectOptions): Turns<InspectedGraph> {
  const facts = yield* inspecting(model);
  const [external] = facts.externalData;
  if (external !== undefined) {
    throw new EngineError(
      'security',
      `The model refers to data outside its file (${JSON.stringify(external)}); save it with its data inside.`,
    );
  }
  if (facts.outputs.length === 0) throw new EngineError('unsupported-operation', 'The model has no output.');
  for (const input of facts.inputs) if (!input.optional) assertPort('Input', input, bare);
  for (const output of facts.outputs) assertPort('Output', output, bare);
  return {
    facts: {
      inputs: facts.inputs.map(portFacts),
      outputs: facts.outputs.map(portFacts),
      metadata: { ...facts.metadata },
    },
    doubt: doubtOfLoad(facts, model.byteLength),
  };
}

function* inspecting(model: Uint8Array): Turns<ModelFacts> {
  try {
    return yield* inspectingModel(model);
  } catch (error) {
    if (error instanceof OnnxFormatError) throw new EngineError('invalid-encoding', error.message);
    throw error;
  }
}

/** Classifiers of scikit-learn output their probabilities as a sequence of maps by default. */
const NO_TENSORS: ReadonlySet<string> = new Set(['SEQUENCE', 'MAP']);
const REMEDY =
  "export the model with tensors alone, without ZipMap (skl2onnx: options={'zipmap': False}; onnxmltools: zipmap=False)";

function assertPort(what: 'Input' | 'Output', { name, elementType }: IoFacts, bare: boolean): void {
  const { datatype, tensorType } = ELEMENTS.get(elementType) ?? {};
  if ((bare ? datatype : tensorType) !== undefined) return;
  const why = bare ? 'which no tensor of a client can carry' : 'which no wasi:nn tensor type can carry';
  const remedy = NO_TENSORS.has(elementType) ? `: ${REMEDY}` : '';
  throw new EngineError('unsupported-operation', `${what} "${name}" is ${elementType}, ${why}${remedy}.`);
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
