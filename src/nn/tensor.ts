/**
 * wasi:nn's `tensor`: dimensions, a type, and bytes that live in one place, either here, as the guest gave them, or in
 * native memory, where a run left them. They are read where they are, by the next run as well.
 */
import type { GuestEngine, NativeTensor, RunInput } from '../engine/guest-engine.ts';
import { TENSOR_TYPE_BYTES, type TensorType } from '../element-types.ts';
import { freeBytes } from '../free-bytes.ts';
import { NnFailure } from './nn-error.ts';
import type { ResourceMeter } from './resource-meter.ts';

type Place =
  /** Bytes that another tensor has as well are left to the collector. */
  | { at: 'guest'; bytes: Uint8Array; shared?: true }
  | { at: 'engine'; output: SharedOutput }
  /** Consumed by a compute, or dropped. */
  | { at: 'nowhere' }
  /** The constructor cannot fail, so what it would have said is said at the tensor's first use. */
  | { at: 'refused'; failure: NnFailure };

/** An output of a run that several tensors may be: it is released with the last of them. */
interface SharedOutput {
  tensor: NativeTensor;
  holders: number;
}

/** Dimensions are kept outside the sandbox and do not count as tensor bytes, so there is an end to them. */
const HIGHEST_RANK = 64;

/** What tensors of one request share. */
export interface TensorHome {
  engine: GuestEngine;
  meter: ResourceMeter;
}

export class NnTensor {
  readonly #home: TensorHome;
  readonly #dimensions: readonly number[];
  readonly #type: TensorType;
  readonly #byteLength: number;
  #place: Place;

  private constructor(
    home: TensorHome,
    {
      dimensions,
      type,
      place,
      byteLength,
    }: { dimensions: readonly number[]; type: TensorType; place: Place; byteLength: number },
  ) {
    this.#home = home;
    this.#dimensions = dimensions;
    this.#type = type;
    this.#place = place;
    this.#byteLength = byteLength;
  }

  /** What elements of a type take in these dimensions. */
  static bytesOf(dimensions: Iterable<number>, type: TensorType): number {
    const sizes = [...dimensions];
    const elements = sizes.includes(0) ? 0 : sizes.reduce((all, size) => all * size, 1);
    return elements * TENSOR_TYPE_BYTES[type];
  }

  /** A guest's own tensor. Never throws: what is wrong with it is told where it is used. */
  static fromGuest(home: TensorHome, dimensions: Uint32Array, type: TensorType, bytes: Uint8Array): NnTensor {
    const place: Place = { at: 'guest', bytes };
    try {
      assertRank(dimensions.length);
      home.meter.addResource(bytes.byteLength);
      return new NnTensor(home, { dimensions: [...dimensions], type, place, byteLength: bytes.byteLength });
    } catch (failure) {
      if (!(failure instanceof NnFailure)) throw failure;
      home.meter.addRefused();
      const shown = [...dimensions.subarray(0, HIGHEST_RANK)];
      return new NnTensor(home, {
        dimensions: shown,
        type,
        place: { at: 'refused', failure },
        byteLength: 0,
      });
    }
  }

  /** An output of a compute, still where the run left it. @throws NnFailure `too-large` */
  static fromOutput(home: TensorHome, type: TensorType, tensor: NativeTensor): NnTensor {
    const { byteLength } = tensor;
    home.meter.addResource(byteLength);
    // A scalar is `[1]` in wasi:nn.
    const dimensions = tensor.dimensions.length === 0 ? [1] : tensor.dimensions;
    const place: Place = { at: 'engine', output: { tensor, holders: 1 } };
    return new NnTensor(home, { dimensions, type, place, byteLength });
  }

  get shape(): readonly number[] {
    return this.#dimensions;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  dimensions(): Uint32Array {
    return Uint32Array.from(this.#dimensions);
  }

  ty(): TensorType {
    return this.#type;
  }

  /**
   * Row-major little-endian elements, to be copied before anything else is done with the tensor.
   * @throws NnFailure: `data` has no error in the WIT, so it traps the guest
   */
  data(): Uint8Array {
    const place = this.#place;
    if (place.at === 'refused') throw place.failure;
    if (place.at === 'nowhere') throw new Error('The tensor was consumed or dropped.');
    return place.at === 'guest' ? place.bytes : this.#home.engine.read(place.output.tensor);
  }

  /**
   * Another tensor of the same elements, which are not copied.
   * @throws NnFailure
   */
  share(): NnTensor {
    const place = this.#place;
    if (place.at === 'refused') throw place.failure;
    if (place.at === 'nowhere') throw new Error('The tensor was consumed or dropped.');
    this.#home.meter.addResource(this.#byteLength);
    if (place.at === 'engine') place.output.holders++;
    if (place.at === 'guest') place.shared = true;
    const [dimensions, type, byteLength] = [this.#dimensions, this.#type, this.#byteLength];
    return new NnTensor(this.#home, { dimensions, type, place, byteLength });
  }

  /** Says what is wrong with a tensor in itself: over a limit, or data that do not fit its dimensions. */
  assertSound(name: string): void {
    if (this.#place.at === 'refused') throw this.#place.failure;
    if (this.#place.at !== 'guest') return;
    const expected = NnTensor.bytesOf(this.#dimensions, this.#type);
    if (expected !== this.#byteLength) {
      throw new NnFailure(
        'invalid-argument',
        `Input "${name}" has ${this.#byteLength} bytes of data; its dimensions [${this.#dimensions.join(', ')}] of ${this.#type} need ${expected}.`,
      );
    }
  }

  /**
   * The tensor as an input of a run, which reads it where it is.
   *
   * @param rank of the graph's input: a scalar of one graph may be another's `[1]`, and the other way round
   * @throws NnFailure `invalid-argument`
   */
  asInput(name: string, rank: number | undefined): RunInput {
    const place = this.#place;
    const dimensions = rank === 0 ? [] : this.#dimensions;
    if (place.at === 'guest') return { name, dimensions, bytes: place.bytes };
    if (place.at === 'engine')
      return { name, dimensions, bytes: this.#home.engine.bytesOf(place.output.tensor) };
    throw new NnFailure('invalid-argument', `Input "${name}" was consumed by an earlier compute.`);
  }

  [Symbol.dispose](): void {
    const place = this.#place;
    this.#place = { at: 'nowhere' };
    if (place.at === 'guest' || place.at === 'engine') this.#home.meter.removeResource(this.#byteLength);
    if (place.at === 'guest' && place.shared !== true) freeBytes(place.bytes);
    if (place.at === 'engine' && --place.output.holders === 0) this.#home.engine.release(place.output.tensor);
  }
}

function assertRank(rank: number): void {
  if (rank <= HIGHEST_RANK) return;
  throw new NnFailure(
    'too-large',
    `A tensor of ${rank} dimensions is over the ${HIGHEST_RANK} that one may have.`,
  );
}
