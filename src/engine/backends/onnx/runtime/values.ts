/** Native tensors: created over memory that the caller owns, inspected, read and released. */
import { packElements, unpackElements } from '../../../../byte-elements.ts';
import { elementCount, STRING } from '../../../../element-types.ts';
import type { Address } from '../../../native/koffi.ts';
import type { NativeBytes, NativeValues, ValueFacts } from '../../../runtime.ts';
import type { Native } from './native.ts';

export interface TensorData {
  /** Row-major little-endian elements; packed as byte-elements.ts does for STRING. */
  bytes: Uint8Array | NativeBytes;
  dimensions: readonly number[];
  /** `TensorProto.DataType`. */
  elementType: number;
}

const LENGTH_BYTES = 4;

export class Values implements NativeValues {
  readonly #native: Native;
  readonly #memory: Address;
  readonly #allocator: Address;

  /**
   * @param memory the `OrtMemoryInfo` for memory that the caller owns
   * @param allocator allocates the memory of strings
   */
  constructor(native: Native, memory: Address, allocator: Address) {
    this.#native = native;
    this.#memory = memory;
    this.#allocator = allocator;
  }

  /**
   * Creates a tensor over bytes that must stay alive and in place until it is released; strings are copied.
   *
   * @param out where its address is written
   * @throws NativeFailure if there are too few bytes for the dimensions
   */
  create({ bytes, dimensions, elementType }: TensorData, out: Address): void {
    if (elementType === STRING.number)
      return this.#createStrings(this.#native.bytesOf(bytes), dimensions, out);
    const { call } = this.#native;
    const shape = shapeOf(dimensions);
    this.#native.check(
      call.CreateTensorWithDataAsOrtValue(
        this.#memory,
        ArrayBuffer.isView(bytes) ? bytes : bytes.address,
        bytes.byteLength,
        shape,
        dimensions.length,
        elementType,
        out,
      ),
    );
  }

  facts(value: Address): ValueFacts {
    const { call } = this.#native;
    const [type = 0n, shape = 0n, rank = 0n] = this.#native.results((a, b, c) =>
      call.GetTensorElementTypeAndShapeDataReference(value, a, b, c),
    );
    const dimensions = Array.from(
      new BigInt64Array(this.#native.bytesAt(shape, 8 * Number(rank)).buffer),
      Number,
    );
    const elementType = Number(type & 0xffff_ffffn);
    return { elementType, dimensions, byteLength: this.#byteLength(value, elementType, dimensions) };
  }

  /** A copy of the elements; strings are packed as byte-elements.ts does. */
  read(value: Address, { elementType, dimensions, byteLength }: ValueFacts): Uint8Array<ArrayBuffer> {
    if (elementType === STRING.number) return this.#readStrings(value, dimensions, byteLength);
    return this.#native.bytesAt(this.dataOf(value), byteLength);
  }

  /** Address of the elements, valid until the value is released; not for strings. */
  dataOf(value: Address): Address {
    return this.#native.result((out) => this.#native.call.GetTensorMutableData(value, out));
  }

  release(value: Address): void {
    this.#native.call.ReleaseValue(value);
  }

  #byteLength(value: Address, elementType: number, dimensions: readonly number[]): number {
    const { call } = this.#native;
    if (elementType !== STRING.number)
      return Number(this.#native.result((out) => call.GetTensorSizeInBytes(value, out)));
    const text = Number(this.#native.result((out) => call.GetStringTensorDataLength(value, out)));
    return text + LENGTH_BYTES * elementCount(dimensions);
  }

  #createStrings(packed: Uint8Array, dimensions: readonly number[], out: Address): void {
    const { call } = this.#native;
    const elements = unpackElements(packed);
    const shape = shapeOf(dimensions);
    this.#native.check(
      call.CreateTensorAsOrtValue(this.#allocator, shape, dimensions.length, STRING.number, out),
    );
    const value = this.#native.addressAt(out);
    for (const [index, element] of elements.entries()) {
      const room = this.#native.result((to) =>
        call.GetResizedStringTensorElementBuffer(value, index, element.byteLength, to),
      );
      // An element may hold any bytes.
      this.#native.write(room, element);
    }
  }

  #readStrings(value: Address, dimensions: readonly number[], byteLength: number): Uint8Array<ArrayBuffer> {
    const { call } = this.#native;
    const count = elementCount(dimensions);
    const text = Buffer.alloc(byteLength - LENGTH_BYTES * count);
    const offsets = new BigUint64Array(new ArrayBuffer(8 * count));
    this.#native.check(call.GetStringTensorContent(value, text, text.byteLength, offsets, count));
    const ends = [...offsets.subarray(1)].map(Number).concat(text.byteLength);
    return packElements(ends.slice(0, count).map((end, index) => text.subarray(Number(offsets[index]), end)));
  }
}

function shapeOf(dimensions: readonly number[]): BigInt64Array {
  const shape = new BigInt64Array(new ArrayBuffer(8 * dimensions.length));
  for (const [axis, dimension] of dimensions.entries()) shape[axis] = BigInt(dimension);
  return shape;
}
