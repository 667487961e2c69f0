/**
 * What an adapter needs of the request that it serves. An instance is prepared before its request is known, so
 * each imported function looks the request up when it is called.
 */
import type { TensorType } from '../element-types.ts';
import { NnTensor, type TensorHome } from './tensor.ts';
import type { WasiNn } from './wasi-nn.ts';

export interface NnScope {
  home(): TensorHome;
  nn(): WasiNn;
}

/** The import object of one interface after the other, under their names without version. */
export type NnImports = Record<string, Record<string, unknown>>;

/** The class that a guest constructs; it shares the prototype because the generated glue checks with `instanceof`. */
export function tensorClass(scope: NnScope): unknown {
  function Tensor(dimensions: Uint32Array, type: TensorType, data: Uint8Array): NnTensor {
    return NnTensor.fromGuest(scope.home(), dimensions, type, data);
  }
  Tensor.prototype = NnTensor.prototype;
  return Tensor;
}
