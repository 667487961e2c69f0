/** wasi:nn@0.2.0-rc-2024-10-28 as the import object of one component instance. */
import type { NamedTensor } from './check-graph-inputs.ts';
import { NnContext, NnGraph } from './graph.ts';
import { toWitFacts } from './wit-facts.ts';
import { NnError } from './nn-error.ts';
import { tensorClass } from './tensor-class.ts';
import type { ExecutionTarget, GraphEncoding, NnImports, WasiNn } from './wasi-nn.ts';

export function wit20241028(nn: WasiNn): NnImports {
  return {
    'wasi:nn/errors': { Error: NnError },
    'wasi:nn/tensor': { Tensor: tensorClass(nn.home) },
    'wasi:nn/inference': { GraphExecutionContext: NnContext },
    'sandpiper:inference/bound-inputs': {
      bind: (context: NnContext, inputs: NamedTensor[]) => context.bind(inputs),
    },
    'sandpiper:inference/graph-facts': {
      describe: (graph: NnGraph) => toWitFacts(graph.facts),
    },
    'wasi:nn/graph': {
      Graph: NnGraph,
      load: (builders: Uint8Array[], encoding: GraphEncoding, target: ExecutionTarget) =>
        nn.load(builders, encoding, target),
      loadByName: (name: string) => nn.loadByName(name),
    },
  };
}
