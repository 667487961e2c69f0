/**
 * wasi:nn@0.2.0-rc-2024-10-28 as the import object of one component instance.
 *
 * An instance is prepared before its request is known, so each function looks the request up when called.
 */
import type { TensorType } from '../bridge/protocol.ts';
import type { NamedTensor } from './check-inputs.ts';
import { NnContext, NnGraph } from './graph.ts';
import { NnError } from './nn-error.ts';
import { NnTensor, type TensorHome } from './tensor.ts';
import type { ExecutionTarget, GraphEncoding, WasiNn } from './wasi-nn.ts';

export interface NnScope {
  home(): TensorHome;
  nn(): WasiNn;
}

export function witImports(scope: NnScope): Record<string, Record<string, unknown>> {
  /** Constructed by the guest; a subclass because the generated glue checks with `instanceof`. */
  function Tensor(dimensions: Uint32Array, type: TensorType, data: Uint8Array): NnTensor {
    return NnTensor.fromGuest(scope.home(), dimensions, type, data);
  }
  Tensor.prototype = NnTensor.prototype;
  return {
    'wasi:nn/errors': { Error: NnError },
    'wasi:nn/tensor': { Tensor },
    'wasi:nn/inference': { GraphExecutionContext: NnContext },
    'sandpiper:inference/bound-inputs': {
      bind: (context: NnContext, inputs: NamedTensor[]) => context.bind(inputs),
    },
    'wasi:nn/graph': {
      Graph: NnGraph,
      load: (builders: Uint8Array[], encoding: GraphEncoding, target: ExecutionTarget) =>
        scope.nn().load(builders, encoding, target),
      loadByName: (name: string) => scope.nn().loadByName(name),
    },
  };
}
