/**
 * Tensors as ONNX Runtime's binding takes and gives them: plain bytes here, and a typed array of the right
 * kind at the moment when a run needs one.
 *
 * The binding believes what it is told: it ignores surplus elements, takes any byte for a BOOL, and gives
 * FLOAT16 out as an array that it does not take in. So each input is checked and wrapped here, whether it
 * came from a guest or from another run.
 */
import type { TensorType } from '../bridge/protocol.ts';
import type { EngineTensor } from './backend.ts';
import { CARRIERS, type Carrier } from './element-types.ts';
import { EngineError } from './engine-error.ts';
import { bfloat16FromFloat32, float32FromBfloat16 } from './onnx/bfloat16.ts';
import type { IoFacts } from './onnx/value-info.ts';

/** What the binding takes for one input. */
export interface Feed {
  type: Carrier['runtimeType'];
  data: ArrayBufferView;
  dims: readonly number[];
  location: 'cpu';
}

/** BFLOAT16 itself never reaches the binding: see onnx/widen-bfloat16.ts. */
const WIDENED = CARRIERS.get('FLOAT');

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
    const carrier = elementType === 'BFLOAT16' ? WIDENED : CARRIERS.get(elementType);
    if (carrier === undefined || carriedAs(elementType) !== this.type) {
      throw refused(`Input "${name}" is ${this.type}, and the graph takes ${elementType}.`);
    }
    const dims = this.#dimsFor(input);
    const elements = dims.reduce((product, dim) => product * dim, 1);
    const { byteLength } = this.#bytes;
    if (elements * carrier.width !== byteLength) {
      throw refused(
        `Input "${name}" has ${byteLength / carrier.width} elements; its dimensions need ${elements}.`,
      );
    }
    if (elementType === 'BOOL' && this.#bytes.some((value) => value > 1)) {
      throw refused(`Input "${name}" is BOOL, carried as U8 of 0 and 1, and has another value.`);
    }
    const aligned = this.#bytes.byteOffset % carrier.width === 0 ? this.#bytes : this.#bytes.slice();
    const data = new carrier.array(aligned.buffer, aligned.byteOffset, elements);
    return { type: carrier.runtimeType, data, dims, location: 'cpu' };
  }

  /** A scalar of one graph may be another's `[1]`, and the other way round. */
  #dimsFor({ dimensions: wanted }: IoFacts): readonly number[] {
    if (wanted === undefined) return this.#dims;
    return wanted.length === 0 ? [] : this.dimensions;
  }
}

function refused(message: string): EngineError {
  return new EngineError('invalid-argument', message);
}
