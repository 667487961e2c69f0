import type { TensorType } from '../element-types.ts';
import { NnTensor, type TensorHome } from './tensor.ts';
import type { WasiNn } from './wasi-nn.ts';

/** The parts of one instance that an adapter of wasi:nn uses. */
export interface NnHost {
  readonly home: TensorHome;
  readonly nn: WasiNn;
}

/** The import object of one interface after the other, under their names without version. */
export type NnImports = Record<string, Record<string, unknown>>;

/** The class that a guest constructs; it shares the prototype because the generated glue checks with `instanceof`. */
export function tensorClass(host: NnHost): unknown {
  function Tensor(dimensions: Uint32Array, type: TensorType, data: Uint8Array): NnTensor {
    return NnTensor.fromGuest(host.home, dimensions, type, data);
  }
  Tensor.prototype = NnTensor.prototype;
  return Tensor;
}
