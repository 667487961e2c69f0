/** The values of the open contract that both a request and an answer know. */
import { Tensor, TensorType, tensorTypeName } from '../tensor';

/** The cases of `pixel-format`, in the order of the contract. */
export enum PixelFormat {
  Rgb8,
  Gray8,
}

/** The cases of `element-type`, in the order of the contract. */
export enum ElementType {
  Boolean,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Int8,
  Int16,
  Int32,
  Int64,
  Float16,
  Bfloat16,
  Float32,
  Float64,
  Text,
}

/** The element type of each `TensorType`, in its order. */
const OF_TENSOR_TYPES: StaticArray<ElementType> = [
  ElementType.Float16,
  ElementType.Float32,
  ElementType.Float64,
  ElementType.Bfloat16,
  ElementType.Uint8,
  ElementType.Int32,
  ElementType.Int64,
];

/** `picture` of the contract. */
export class Picture {
  width: u32;
  height: u32;
  format: PixelFormat;
  /** height x width x channels bytes. */
  pixels!: Uint8Array;
  /** The client's own picture, upright, in its own pixels. */
  originalWidth: u32;
  originalHeight: u32;
  left: f32;
  top: f32;
  scaleX: f32;
  scaleY: f32;

  /** Where a column of this picture lies in the client's own, in its pixels; not below 0, nor beyond its width. */
  originalX(x: f32): f32 {
    return max<f32>(0, min<f32>(<f32>this.originalWidth, x / this.scaleX + this.left));
  }

  /** Where a row of this picture lies in the client's own, in its pixels; not below 0, nor beyond its height. */
  originalY(y: f32): f32 {
    return max<f32>(0, min<f32>(<f32>this.originalHeight, y / this.scaleY + this.top));
  }
}

/** `tensor` of the contract: the client's, whereas a `Tensor` is a graph's. */
export class TensorValue {
  /** @param data row-major and little-endian */
  constructor(
    public elementType: ElementType,
    public shape: u32[],
    public data: Uint8Array,
  ) {}

  /** A FLOAT32 tensor; `values` has as many as the product of the shape. */
  static ofFloats(shape: u32[], values: Float32Array): TensorValue {
    const data = Uint8Array.wrap(values.buffer, values.byteOffset, values.byteLength);
    return new TensorValue(ElementType.Float32, shape, data);
  }

  /** An output of a graph, unchanged. */
  static ofGraph(tensor: Tensor): TensorValue {
    const shape = tensor.dimensions;
    return new TensorValue(OF_TENSOR_TYPES[tensor.type], shape, Uint8Array.wrap(tensor.bytes()));
  }

  /** The elements of a FLOAT32 tensor; not a copy. Any other type aborts: the port's type is the component's own. */
  floats(): Float32Array {
    assert(this.elementType == ElementType.Float32, 'only a tensor of float32 is read as floats');
    return Float32Array.wrap(this.data.buffer, this.data.byteOffset, this.data.byteLength >> 2);
  }

  /** The same for a graph; aborts for an element type that no tensor of wasi:nn has. A boolean is U8 there. */
  toGraph(): Tensor {
    const boolean = this.elementType == ElementType.Boolean;
    const type = boolean ? TensorType.U8 : OF_TENSOR_TYPES.indexOf(this.elementType);
    assert(type >= 0, 'wasi:nn has no tensor of this element type');
    return Tensor.of(type, this.shape, this.data);
  }
}

export class ScoredLabel {
  constructor(
    public label: string,
    public score: f32,
  ) {}
}
