/**
 * wasi:nn's `tensor`: dimensions, a type, and bytes, which are either in JavaScript, as the guest gave them, or in native
 * memory, where a run left them. The next run reads them in storage.
 */
import type { GuestEngine, NativeTensor } from '../engine/guest-engine.ts';
import type { RunInput } from '../engine/runtime.ts';
import { elementCount, TENSOR_TYPE_BYTES, type TensorType } from '../element-types.ts';
import { freeBytes } from '../free-bytes.ts';
import { NnFailure } from './nn-error.ts';
import type { ResourceMeter } from './resource-meter.ts';

type Storage =
  /** Bytes that are shared with another tensor are left to garbage collection. */
  | { at: 'guest'; bytes: Uint8Array; shared?: true }
  | { at: 'engine'; output: SharedOutput }
  /** Consumed by a compute, or dropped. */
  | { at: 'nowhere' }
  /** The constructor cannot fail, so its error is thrown at the tensor's first use. */
  | { at: 'refused'; failure: NnFailure };

/** An output of a run that several tensors may share; it is released with the last of them. */
interface SharedOutput {
  tensor: NativeTensor;
  holders: number;
}

/** Bounds the dimensions, which are kept on the host and do not count as tensor bytes. */
const HIGHEST_RANK = 64;

/** State that all tensors of one request share. */
export interface TensorHome {
  engine: GuestEngine;
  meter: ResourceMeter;
}

export class NnTensor {
  readonly #home: TensorHome;
  readonly #dimensions: readonly number[];
  readonly #type: TensorType;
  readonly #byteLength: number;
  #storage: Storage;

  private constructor(
    home: TensorHome,
    {
      dimensions,
      type,
      storage,
      byteLength,
    }: { dimensions: readonly number[]; type: TensorType; storage: Storage; byteLength: number },
  ) {
    this.#home = home;
    this.#dimensions = dimensions;
    this.#type = type;
    this.#storage = storage;
    this.#byteLength = byteLength;
  }

  /** Bytes of a tensor of these dimensions and type. */
  static bytesOf(dimensions: Iterable<number>, type: TensorType): number {
    const sizes = [...dimensions];
    const elements = sizes.includes(0) ? 0 : elementCount(sizes);
    return elements * TENSOR_TYPE_BYTES[type];
  }

  /** Creates a guest's tensor. Never throws: an error is thrown at the tensor's first use. */
  static fromGuest(home: TensorHome, dimensions: Uint32Array, type: TensorType, bytes: Uint8Array): NnTensor {
    const storage: Storage = { at: 'guest', bytes };
    try {
      assertRank(dimensions.length);
      home.meter.addResource(bytes.byteLength);
      return new NnTensor(home, { dimensions: [...dimensions], type, storage, byteLength: bytes.byteLength });
    } catch (failure) {
      if (!(failure instanceof NnFailure)) throw failure;
      home.meter.addRefused();
      const shown = [...dimensions.subarray(0, HIGHEST_RANK)];
      return new NnTensor(home, {
        dimensions: shown,
        type,
        storage: { at: 'refused', failure },
        byteLength: 0,
      });
    }
  }

  /** Wraps an output of a compute, in native memory. @throws NnFailure `too-large` */
  static fromOutput(home: TensorHome, type: TensorType, tensor: NativeTensor): NnTensor {
    const { byteLength } = tensor;
    home.meter.addResource(byteLength);
    // A scalar is `[1]` in wasi:nn.
    const dimensions = tensor.dimensions.length === 0 ? [1] : tensor.dimensions;
    const storage: Storage = { at: 'engine', output: { tensor, holders: 1 } };
    return new NnTensor(home, { dimensions, type, storage, byteLength });
  }

  get shape(): readonly number[] {
    return this.#dimensions;
  }

  dimensions(): Uint32Array {
    return Uint32Array.from(this.#dimensions);
  }

  ty(): TensorType {
    return this.#type;
  }

  /**
   * Row-major little-endian elements, to be copied before the tensor is used otherwise.
   * @throws NnFailure, which traps the guest, since `data` has no error in the WIT
   */
  data(): Uint8Array {
    const storage = this.#storage;
    if (storage.at === 'refused') throw storage.failure;
    if (storage.at === 'nowhere') throw new Error('The tensor was consumed or dropped.');
    return storage.at === 'guest' ? storage.bytes : this.#home.engine.read(storage.output.tensor);
  }

  /** Another tensor that shares the elements. @throws NnFailure */
  share(): NnTensor {
    const storage = this.#storage;
    if (storage.at === 'refused') throw storage.failure;
    if (storage.at === 'nowhere') throw new Error('The tensor was consumed or dropped.');
    this.#home.meter.addResource(this.#byteLength);
    if (storage.at === 'engine') storage.output.holders++;
    if (storage.at === 'guest') storage.shared = true;
    const [dimensions, type, byteLength] = [this.#dimensions, this.#type, this.#byteLength];
    return new NnTensor(this.#home, { dimensions, type, storage, byteLength });
  }

  /** Asserts that the tensor is within the limits and its data fit its dimensions. @throws NnFailure */
  assertSound(name: string): void {
    if (this.#storage.at === 'refused') throw this.#storage.failure;
    if (this.#storage.at !== 'guest') return;
    const expected = NnTensor.bytesOf(this.#dimensions, this.#type);
    if (expected !== this.#byteLength) {
      throw new NnFailure(
        'invalid-argument',
        `Input "${name}" has ${this.#byteLength} bytes of data; its dimensions [${this.#dimensions.join(', ')}] of ${this.#type} need ${expected}.`,
      );
    }
  }

  /**
   * The tensor as an input of a run, which reads it in storage.
   *
   * @param rank the rank of the graph's input: converts between a scalar and `[1]`
   * @throws NnFailure `invalid-argument`
   */
  asInput(name: string, rank: number | undefined): RunInput {
    const storage = this.#storage;
    const dimensions = rank === 0 ? [] : this.#dimensions;
    if (storage.at === 'guest') return { name, dimensions, bytes: storage.bytes };
    if (storage.at === 'engine')
      return { name, dimensions, bytes: this.#home.engine.bytesOf(storage.output.tensor) };
    throw new NnFailure('invalid-argument', `Input "${name}" was consumed by an earlier compute.`);
  }

  [Symbol.dispose](): void {
    const storage = this.#storage;
    this.#storage = { at: 'nowhere' };
    if (storage.at === 'guest' || storage.at === 'engine') this.#home.meter.removeResource(this.#byteLength);
    if (storage.at === 'guest' && storage.shared !== true) freeBytes(storage.bytes);
    if (storage.at === 'engine' && --storage.output.holders === 0)
      this.#home.engine.release(storage.output.tensor);
  }
}

function assertRank(rank: number): void {
  if (rank <= HIGHEST_RANK) return;
  throw new NnFailure(
    'too-large',
    `A tensor of ${rank} dimensions is over the ${HIGHEST_RANK} that one may have.`,
  );
}
