/**
 * wasi:nn's `tensor`: dimensions, a type, and bytes that live in one place at a time, either here or on the
 * engine thread that produced them. They move when they are needed at the other place, and are not cloned.
 */
import type { EngineLink } from '../bridge/engine-link.ts';
import { ELEMENT_BYTES, type OutputFrame, type TensorType } from '../bridge/protocol.ts';
import { NnFailure } from './nn-error.ts';
import type { ResourceMeter } from './resource-meter.ts';

export type Place =
  /** Bytes that another tensor has as well are copied when they go. */
  | { at: 'guest'; bytes: Uint8Array; shared?: true }
  | { at: 'engine'; engine: number; handle: number }
  /** Consumed by a compute, or dropped. */
  | { at: 'nowhere' }
  /** The constructor cannot fail, so what it would have said is said at the tensor's first use. */
  | { at: 'refused'; failure: NnFailure };

/** Dimensions are kept outside the sandbox and do not count as tensor bytes, so there is an end to them. */
const HIGHEST_RANK = 64;

/** What tensors of one request share. */
export interface TensorHome {
  link: EngineLink;
  meter: ResourceMeter;
}

export class NnTensor {
  readonly #home: TensorHome;
  readonly #dimensions: readonly number[];
  readonly #type: TensorType;
  readonly #byteLength: number;
  /** Which output of which graph it is, until that was used for the first time. */
  #origin: { graph: string; output: string } | undefined;
  #place: Place;

  constructor(
    home: TensorHome,
    dimensions: readonly number[],
    type: TensorType,
    place: Place,
    byteLength: number,
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
    return elements * ELEMENT_BYTES[type];
  }

  /** A guest's own tensor. Never throws: what is wrong with it is told where it is used. */
  static fromGuest(home: TensorHome, dimensions: Uint32Array, type: TensorType, bytes: Uint8Array): NnTensor {
    const place: Place = { at: 'guest', bytes };
    try {
      assertRank(dimensions.length);
      home.meter.addResource(bytes.byteLength);
      return new NnTensor(home, [...dimensions], type, place, bytes.byteLength);
    } catch (failure) {
      if (!(failure instanceof NnFailure)) throw failure;
      home.meter.addRefused();
      const shown = [...dimensions.subarray(0, HIGHEST_RANK)];
      return new NnTensor(home, shown, type, { at: 'refused', failure }, 0);
    }
  }

  /** An output of a compute, still on its engine thread. */
  static fromOutput(home: TensorHome, engine: number, graph: string, output: OutputFrame): NnTensor {
    home.meter.addResource(output.byteLength);
    const { bytes, handle, dimensions, type, byteLength } = output;
    const place: Place = bytes === undefined ? { at: 'engine', engine, handle } : { at: 'guest', bytes };
    const tensor = new NnTensor(home, dimensions, type, place, byteLength);
    tensor.#origin = { graph, output: output.name };
    return tensor;
  }

  get place(): Place {
    return this.#place;
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
   * Row-major little-endian elements.
   * @throws EngineRefusal, NnFailure: `data` has no error in the WIT, so either traps the guest
   */
  data(): Uint8Array {
    if (this.#place.at === 'refused') throw this.#place.failure;
    if (this.#place.at === 'nowhere') throw new Error('The tensor was consumed or dropped.');
    this.#noteUse('noteRead');
    if (this.#place.at === 'engine') {
      const { engine, handle } = this.#place;
      this.#place = { at: 'guest', bytes: this.#home.link.read(engine, handle) };
    }
    return this.#place.bytes;
  }

  /**
   * Another tensor of the same elements, which are copied only if one of the two goes to an engine thread.
   * @throws EngineRefusal, NnFailure
   */
  share(): NnTensor {
    const bytes = this.data();
    this.#home.meter.addResource(bytes.byteLength);
    const place: Place = { at: 'guest', bytes, shared: true };
    this.#place = place;
    return new NnTensor(this.#home, this.#dimensions, this.#type, place, bytes.byteLength);
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

  /** It is an input of a compute now. */
  notePassedOn(): void {
    this.#noteUse('notePassedOn');
  }

  #noteUse(use: 'noteRead' | 'notePassedOn'): void {
    const origin = this.#origin;
    this.#origin = undefined;
    if (origin !== undefined) this.#home.link.habits[use](origin.graph, origin.output);
  }

  /** Gives the bytes or the handle away: the tensor is void afterwards and its share of the limits free. */
  take(): Place {
    const place = this.#place;
    if (place.at === 'guest' || place.at === 'engine') this.#home.meter.removeResource(this.#byteLength);
    this.#place = { at: 'nowhere' };
    return place;
  }

  /** The engine holds the bytes that were lent to it. */
  settle(engine: number, handle: number): void {
    this.#place = { at: 'engine', engine, handle };
  }

  [Symbol.dispose](): void {
    const place = this.take();
    if (place.at === 'engine') this.#home.link.drop(place.engine, place.handle);
  }
}

function assertRank(rank: number): void {
  if (rank <= HIGHEST_RANK) return;
  throw new NnFailure(
    'too-large',
    `A tensor of ${rank} dimensions is over the ${HIGHEST_RANK} that one may have.`,
  );
}
