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

/** A refused tensor has no bytes. */
interface TensorFacts {
  dimensions: readonly number[];
  type: TensorType;
  byteLength: number;
}

export class NnTensor {
  readonly #home: TensorHome;
  readonly #facts: TensorFacts;
  #storage: Storage;

  private constructor(home: TensorHome, facts: TensorFacts, storage: Storage) {
    this.#home = home;
    this.#facts = facts;
    this.#storage = storage;
  }

  /** Bytes of a tensor of these dimensions and type. */
  static bytesOf(dimensions: Iterable<number>, type: TensorType): number {
    const sizes = [...dimensions];
    const elements = sizes.includes(0) ? 0 : elementCount(sizes);
    return elements * TENSOR_TYPE_BYTES[type];
  }

  /** Creates a guest's tensor. Never throws: an error is thrown at the tensor's first use. */
  static fromGuest(home: TensorHome, dimensions: Uint32Array, type: TensorType, bytes: Uint8Array): NnTensor {
    const { byteLength } = bytes;
    try {
      assertRank(dimensions.length);
      home.meter.addResource(byteLength);
      return new NnTensor(home, { dimensions: [...dimensions], type, byteLength }, { at: 'guest', bytes });
    } catch (failure) {
      if (!(failure instanceof NnFailure)) throw failure;
      home.meter.addRefused();
      const shown = [...dimensions.subarray(0, HIGHEST_RANK)];
      return new NnTensor(home, { dimensions: shown, type, byteLength: 0 }, { at: 'refused', failure });
    }
  }

  /** Wraps an output of a compute, in native memory. @throws NnFailure `too-large` */
  static fromOutput(home: TensorHome, type: TensorType, tensor: NativeTensor): NnTensor {
    const { byteLength } = tensor;
    home.meter.addResource(byteLength);
    // A scalar is `[1]` in wasi:nn.
    const dimensions = tensor.dimensions.length === 0 ? [1] : tensor.dimensions;
    return new NnTensor(
      home,
      { dimensions, type, byteLength },
      { at: 'engine', output: { tensor, holders: 1 } },
    );
  }

  get shape(): readonly number[] {
    return this.#facts.dimensions;
  }

  dimensions(): Uint32Array {
    return Uint32Array.from(this.shape);
  }

  ty(): TensorType {
    return this.#facts.type;
  }

  /**
   * Row-major little-endian elements, to be copied before the tensor is used otherwise.
   * @throws NnFailure, which traps the guest, since `data` has no error in the WIT
   */
  data(): Uint8Array {
    const held = this.#held;
    return held.at === 'guest' ? held.bytes : this.#home.engine.read(held.output.tensor);
  }

  /** Another tensor that shares the elements. @throws NnFailure */
  share(): NnTensor {
    const held = this.#held;
    this.#home.meter.addResource(this.#facts.byteLength);
    if (held.at === 'engine') held.output.holders++;
    else held.shared = true;
    return new NnTensor(this.#home, this.#facts, held);
  }

  /** @throws NnFailure for a refused tensor; Error for one that is gone */
  get #held(): Extract<Storage, { at: 'guest' | 'engine' }> {
    if (this.#storage.at === 'refused') throw this.#storage.failure;
    if (this.#storage.at === 'nowhere') throw new Error('The tensor was consumed or dropped.');
    return this.#storage;
  }

  /** Asserts that the tensor is within the limits and its data fit its dimensions. @throws NnFailure */
  assertSound(name: string): void {
    if (this.#storage.at === 'refused') throw this.#storage.failure;
    if (this.#storage.at !== 'guest') return;
    const { dimensions, type, byteLength } = this.#facts;
    const expected = NnTensor.bytesOf(dimensions, type);
    if (expected !== byteLength) {
      throw new NnFailure(
        'invalid-argument',
        `Input "${name}" has ${byteLength} bytes of data; its dimensions [${dimensions.join(', ')}] of ${type} need ${expected}.`,
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
    const dimensions = rank === 0 ? [] : this.shape;
    if (storage.at === 'guest') return { name, dimensions, bytes: storage.bytes };
    if (storage.at === 'engine')
      return { name, dimensions, bytes: this.#home.engine.bytesOf(storage.output.tensor) };
    throw new NnFailure('invalid-argument', `Input "${name}" was consumed by an earlier compute.`);
  }

  [Symbol.dispose](): void {
    const storage = this.#storage;
    this.#storage = { at: 'nowhere' };
    if (storage.at === 'guest' || storage.at === 'engine')
      this.#home.meter.removeResource(this.#facts.byteLength);
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
