import type { TensorType } from '../element-types.ts';
import { NnTensor, type TensorHome } from './tensor.ts';

/** The class that a guest constructs; it shares the prototype because the generated glue checks with `instanceof`. */
export function tensorClass(home: TensorHome): unknown {
  function Tensor(dimensions: Uint32Array, type: TensorType, data: Uint8Array): NnTensor {
    return NnTensor.fromGuest(home, dimensions, type, data);
  }
  Tensor.prototype = NnTensor.prototype;
  return Tensor;
}
