/**
 * wasi:nn@0.2.0-rc-2024-08-19 as the import object of one component instance: inputs are set and outputs fetched one
 * by one.
 */
import type { GraphFacts } from '../engine/graph-facts.ts';
import { toWitFacts } from './wit-facts.ts';
import type { NnGraph } from './graph.ts';
import { NnError } from './nn-error.ts';
import { tensorClass } from './tensor-class.ts';
import { StatefulContext } from './stateful-context.ts';
import type { ExecutionTarget, GraphEncoding, NnImports, WasiNn } from './wasi-nn.ts';

/** A graph whose contexts keep inputs and outputs. */
class StatefulGraph {
  readonly #graph: NnGraph;

  constructor(graph: NnGraph) {
    this.#graph = graph;
  }

  get facts(): GraphFacts {
    return this.#graph.facts;
  }

  initExecutionContext(): StatefulContext {
    return new StatefulContext(this.#graph.initExecutionContext());
  }

  [Symbol.dispose](): void {
    this.#graph[Symbol.dispose]();
  }
}

export function wit20240819(nn: WasiNn): NnImports {
  return {
    'wasi:nn/errors': { Error: NnError },
    'wasi:nn/tensor': { Tensor: tensorClass(nn.home) },
    'wasi:nn/inference': { GraphExecutionContext: StatefulContext },
    'sandpiper:inference/graph-facts': {
      describe: (graph: StatefulGraph) => toWitFacts(graph.facts),
    },
    'wasi:nn/graph': {
      Graph: StatefulGraph,
      load: (builders: Uint8Array[], encoding: GraphEncoding, target: ExecutionTarget) =>
        new StatefulGraph(nn.load(builders, encoding, target)),
      loadByName: (name: string) => new StatefulGraph(nn.loadByName(name)),
    },
  };
}
