/**
 * A sound that is still coming, between the main thread, which writes it, and the guest thread that reads it.
 *
 * Guarantees: the reader sees a length and a state that belong together, and of the samples before that length those
 * that it has not released. The writer never overwrites what is not released. Neither waits for the other here: the
 * main thread wakes the guest when there is more, and the guest tells the main thread when it has released some.
 *
 * Ownership: one writer and one reader for the length of one call.
 */
const SOUND_STATES = ['open', 'turn-over', 'over'] as const;
export type SoundState = (typeof SOUND_STATES)[number];

/** How much of a sound has come, and whether more may. */
export interface SoundExtent {
  /** Samples from its beginning. */
  length: number;
  state: SoundState;
}

/** When a turn is over; undefined parts are the component's choice. */
export interface TurnDetection {
  /** Probability of speech, from 0 to 1. */
  threshold?: number | undefined;
  prefixMs?: number | undefined;
  silenceMs?: number | undefined;
}

const SEEN = 0;
const RELEASED = 1;
const LONG_CELLS = 2;

const ASLEEP = 0;
const BEATS = 1;
const DETECTS = 2;
const THRESHOLD = 3;
const PREFIX = 4;
const SILENCE = 5;
const AHEAD = 6;
const CELLS = 7;

const HEAD_BYTES = LONG_CELLS * 8 + CELLS * 4;
const STATE_BITS = 2n;
/** Stands for a part of {@link TurnDetection} that was not given. */
const NOT_GIVEN = -1;

export class LiveRing {
  readonly shared: SharedArrayBuffer;
  readonly #long: BigInt64Array;
  readonly #cells: Int32Array;
  readonly #samples: Float32Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#long = new BigInt64Array(shared, 0, LONG_CELLS);
    this.#cells = new Int32Array(shared, LONG_CELLS * 8, CELLS);
    this.#samples = new Float32Array(shared, HEAD_BYTES);
  }

  static allocate(samples: number): SharedArrayBuffer {
    const bytes = HEAD_BYTES + samples * Float32Array.BYTES_PER_ELEMENT;
    // One that may grow has pages of its own: those that no sample touched take no memory, and all go back at its end.
    return new SharedArrayBuffer(bytes, { maxByteLength: bytes });
  }

  /** Samples that it holds at the most. */
  get capacity(): number {
    return this.#samples.length;
  }

  get seen(): SoundExtent {
    const seen = Atomics.load(this.#long, SEEN);
    return {
      length: Number(seen >> STATE_BITS),
      state: SOUND_STATES[Number(seen & 3n)] ?? 'over',
    };
  }

  /** Samples that will not be read again. */
  get released(): number {
    return Number(Atomics.load(this.#long, RELEASED));
  }

  /** How often the guest asked for sound that had not come before it asked. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  /** Whether the guest waits for sound. */
  get asleep(): boolean {
    return Atomics.load(this.#cells, ASLEEP) === 1;
  }

  /** The writer's: puts samples behind the first `length` of the sound. They must fit. */
  write(samples: Float32Array, length: number): void {
    const at = length % this.capacity;
    const first = Math.min(samples.length, this.capacity - at);
    this.#samples.set(samples.subarray(0, first), at);
    this.#samples.set(samples.subarray(first), 0);
  }

  /** The writer's: what may be read from now on. */
  show({ length, state }: SoundExtent): void {
    Atomics.store(this.#long, SEEN, (BigInt(length) << STATE_BITS) | BigInt(SOUND_STATES.indexOf(state)));
  }

  /** The writer's: whether the sound has come faster than anybody speaks. */
  set ahead(ahead: boolean) {
    Atomics.store(this.#cells, AHEAD, ahead ? 1 : 0);
  }

  get ahead(): boolean {
    return Atomics.load(this.#cells, AHEAD) === 1;
  }

  /** The writer's. @param turns undefined: the client says where turns end */
  detect(turns: TurnDetection | undefined): void {
    const { threshold, prefixMs = NOT_GIVEN, silenceMs = NOT_GIVEN } = turns ?? {};
    Atomics.store(this.#cells, DETECTS, turns === undefined ? 0 : 1);
    Atomics.store(
      this.#cells,
      THRESHOLD,
      threshold === undefined ? NOT_GIVEN : Math.round(threshold * 1_000),
    );
    Atomics.store(this.#cells, PREFIX, prefixMs);
    Atomics.store(this.#cells, SILENCE, silenceMs);
  }

  /** The reader's. */
  get turns(): TurnDetection | undefined {
    if (Atomics.load(this.#cells, DETECTS) === 0) return undefined;
    const told = (cell: number): number | undefined => {
      const value = Atomics.load(this.#cells, cell);
      return value === NOT_GIVEN ? undefined : value;
    };
    const threshold = told(THRESHOLD);
    return {
      threshold: threshold === undefined ? undefined : threshold / 1_000,
      prefixMs: told(PREFIX),
      silenceMs: told(SILENCE),
    };
  }

  /** The reader's: a copy of what is here from `offset` on, `count` samples at the most. @throws RangeError if it was released */
  read(offset: number, count: number): Float32Array<ArrayBuffer> {
    if (offset < this.released) throw new RangeError(`The samples from ${offset} on were released.`);
    const taken = new Float32Array(Math.max(0, Math.min(count, this.seen.length - offset)));
    const at = offset % this.capacity;
    const first = Math.min(taken.length, this.capacity - at);
    taken.set(this.#samples.subarray(at, at + first));
    taken.set(this.#samples.subarray(0, taken.length - first), first);
    return taken;
  }

  /** The reader's: never back, and never beyond what is here. */
  release(offset: number): void {
    const to = Math.max(this.released, Math.min(offset, this.seen.length));
    Atomics.store(this.#long, RELEASED, BigInt(to));
  }

  /** The reader's. */
  beat(): void {
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** The reader's. */
  set asleep(asleep: boolean) {
    Atomics.store(this.#cells, ASLEEP, asleep ? 1 : 0);
  }
}
