/** Tensors of wasi:nn. Their bytes live with the host; only `bytes` and the constructor copy them. */
import { forgetReceived, returnArea, takeBuffer } from './abi/memory';
import { dropTensor, newTensor, tensorData, tensorDimensions, tensorType } from './abi/imports/wasi-nn';
import { FailureKind, fail } from './failure';
import { floatOfHalf } from './half';

/** The cases of `tensor.tensor-type`, in its order. A bool of a graph is U8 with 0 or 1 here. */
export enum TensorType {
  FP16,
  FP32,
  FP64,
  BF16,
  U8,
  I32,
  I64,
}

/** A tensor type's name in wasi:nn, such as `FP32`. */
export function tensorTypeName(type: TensorType): string {
  const names: StaticArray<string> = ['FP16', 'FP32', 'FP64', 'BF16', 'U8', 'I32', 'I64'];
  return names[type];
}

/**
 * A handle. It goes away by `drop`, by being given to a graph, or with the instance; after that any
 * use aborts.
 */
export class Tensor {
  /** Private to the SDK: wraps a handle that the host gave. */
  constructor(private handle: u32) {}

  /** A tensor of `data`'s bytes; their number is the product of `dimensions` times the type's size. */
  static of(type: TensorType, dimensions: u32[], data: ArrayBufferView): Tensor {
    return new Tensor(
      newTensor(dimensions.dataStart, dimensions.length, type, data.dataStart, data.byteLength),
    );
  }

  get dimensions(): u32[] {
    tensorDimensions(this.borrow(), returnArea);
    const rank = load<u32>(returnArea, 4);
    const from = load<usize>(returnArea);
    const dimensions = new Array<u32>(rank);
    memory.copy(dimensions.dataStart, from, (<usize>rank) << 2);
    forgetReceived();
    return dimensions;
  }

  get type(): TensorType {
    return tensorType(this.borrow());
  }

  /** The elements, row by row, little-endian. */
  bytes(): ArrayBuffer {
    tensorData(this.borrow(), returnArea);
    const buffer = takeBuffer(load<usize>(returnArea), load<usize>(returnArea, 4));
    forgetReceived();
    return buffer;
  }

  /** The elements of an FP32 or FP16 tensor; null, with a failure, for any other type. */
  floats(): Float32Array | null {
    const type = this.type;
    if (type == TensorType.FP32) return Float32Array.wrap(this.bytes());
    if (type != TensorType.FP16) {
      fail(FailureKind.Internal, `a tensor of ${tensorTypeName(type)} cannot be read as floats`);
      return null;
    }
    const halves = Uint16Array.wrap(this.bytes());
    const floats = new Float32Array(halves.length);
    for (let i = 0; i < halves.length; i++) unchecked((floats[i] = floatOfHalf(halves[i])));
    return floats;
  }

  drop(): void {
    dropTensor(this.give());
  }

  /** Private to the SDK: the handle, which the host owns from now on. */
  give(): u32 {
    const handle = this.borrow();
    this.handle = 0;
    return handle;
  }

  private borrow(): u32 {
    assert(this.handle != 0, 'this tensor was dropped or given to a graph');
    return this.handle;
  }
}
