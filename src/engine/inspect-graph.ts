/** Inputs and outputs of a graph, read from its file before its library sees it. */
import { atOnce, type Turns } from '../async/turns.ts';
import { ELEMENTS } from '../element-types.ts';
import type { Backend, Inspection } from './backend.ts';
import { backendOf } from './backends.ts';
import { EngineError } from './engine-error.ts';

export interface InspectOptions {
  /** Without a component: tensors may be of any type that the engine takes, not only those of wasi:nn. */
  bare: boolean;
}

export interface InspectedGraph extends Inspection {
  backend: Backend;
}

/**
 * @param model a file of any encoding that is served
 * @throws EngineError `invalid-encoding`, `security`, `unsupported-operation`: what could never be run is refused at once
 */
export function inspectGraph(model: Uint8Array, options: InspectOptions): InspectedGraph {
  return atOnce(inspectingGraph(model, options));
}

/** As {@link inspectGraph}, for a thread that has other work. */
export function* inspectingGraph(model: Uint8Array, { bare }: InspectOptions): Turns<InspectedGraph> {
  const backend = backendOf(model);
  const { facts, doubt } = yield* backend.inspecting(model);
  if (facts.outputs.length === 0) throw new EngineError('unsupported-operation', 'The model has no output.');
  const assertCarried = (what: 'Input' | 'Output', name: string, elementType: string): void => {
    const { datatype, tensorType } = ELEMENTS.get(elementType) ?? {};
    if ((bare ? datatype : tensorType) !== undefined) return;
    const why = bare ? 'which no tensor of a client can carry' : 'which no wasi:nn tensor type can carry';
    const remedy = backend.remedies?.[elementType];
    throw new EngineError(
      'unsupported-operation',
      `${what} "${name}" is ${elementType}, ${why}${remedy === undefined ? '' : `: ${remedy}`}.`,
    );
  };
  for (const { name, elementType, optional } of facts.inputs)
    if (optional !== true) assertCarried('Input', name, elementType);
  for (const { name, elementType } of facts.outputs) assertCarried('Output', name, elementType);
  return { backend, facts, doubt };
}
