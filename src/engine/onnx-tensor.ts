/** Tensors that live on an engine thread, from a guest or from a run, in a form that the next run takes. */
import type { TensorType } from '../bridge/protocol.ts';
import type { EngineTensor } from './backend.ts';
import { CARRIERS } from './element-types.ts';
import { EngineError } from './engine-error.ts';
import { feedOf, type Feed } from './onnx-feed.ts';
import { bfloat16FromFloat32, float32FromBfloat16 } from './onnx/bfloat16.ts';
import type { IoFacts } from './onnx/value-info.ts';

/** The wasi:nn type that carries an ONNX element type; undefined where none can. */
export function carriedAs(elementType: string): TensorType | undefined {
  return elementType === 'BFLOAT16' ? 'BF16' : CARRIERS.get(elementType)?.type;
}

export class OnnxTensor implements EngineTensor {
  readonly type: TensorType;
  readonly #dims: readonly number[];
  /** Of FLOAT elements where the type is BF16. */
  readonly #bytes: Uint8Array<ArrayBuffer>;

  private constructor(type: TensorType, dims: readonly number[], view: ArrayBufferView) {
    this.type = type;
    this.#dims = dims;
    this.#bytes = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
  }

  static fromGuest(type: TensorType, dims: readonly number[], bytes: Uint8Array): OnnxTensor {
    return new OnnxTensor(type, dims, type === 'BF16' ? float32FromBfloat16(bytes) : bytes);
  }

  static fromRun(type: TensorType, dims: readonly number[], data: ArrayBufferView): OnnxTensor {
    return new OnnxTensor(type, dims, data);
  }

  /** A scalar is `[1]` in wasi:nn. */
  get dimensions(): readonly number[] {
    return this.#dims.length === 0 ? [1] : this.#dims;
  }

  get byteLength(): number {
    return this.type === 'BF16' ? this.#bytes.byteLength / 2 : this.#bytes.byteLength;
  }

  takeBytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    if (this.type === 'BF16')
      return bfloat16FromFloat32(new Float32Array(buffer, byteOffset, byteLength / 4));
    return byteLength === buffer.byteLength ? this.#bytes : this.#bytes.slice();
  }

  /**
   * This tensor as one input of a run.
   *
   * @throws EngineError `invalid-argument`
   */
  feedFor(input: IoFacts): Feed {
    const { name, elementType } = input;
    if (carriedAs(elementType) !== this.type) {
      throw new EngineError(
        'invalid-argument',
        `Input "${name}" is ${this.type}, and the graph takes ${elementType}.`,
      );
    }
    return feedOf(input, this.#dimsFor(input), this.#bytes);
  }

  /** A scalar of one graph may be another's `[1]`, and the other way round. */
  #dimsFor({ dimensions: wanted }: IoFacts): readonly number[] {
    if (wanted === undefined) return this.#dims;
    return wanted.length === 0 ? [] : this.dimensions;
  }
}
