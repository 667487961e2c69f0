/**
 * Who keeps which engine thread busy: one shared array that every thread reads without asking another.
 *
 * Policy. A guest goes to the engine thread with the least to do. A long call, which runs graphs for seconds,
 * weighs as much as {@link LONG_WEIGHT} others, so that short calls go where none runs; and while short requests
 * are about, long calls leave the first engine thread to them, unless it is the only one that can serve. When they
 * are alone they may use all.
 *
 * Guarantees: a hint, never a lock. Two guests may choose the same engine in the same microsecond; one then
 * waits a little. Ownership: engine thread e alone writes its `running` cell; guest slot g alone writes its
 * `waiting` cell, and the main thread clears it after the guest was terminated; the main thread alone says when
 * a short request came or went.
 */
import { cellMs } from './clock.ts';

const LONG_WEIGHT = 8;
const WEIGHT_SHIFT = 16;

/** A run that has been going for so long weighs as a long call does, whether its asker still waits or not. */
const LONG_RUN_MS = 250;

/** Short requests are about for this long after the last: one after another, and not only while one is here. */
const SHORT_LINGER_MS = 2_000;

export class LoadBoard {
  /** For each engine thread since when it runs something, when the last short request was seen, a waiting cell for each guest. */
  readonly #cells: Int32Array;
  readonly #engines: number;

  /** @param shared from {@link LoadBoard.allocate} */
  constructor(shared: SharedArrayBuffer, engines: number) {
    this.#cells = new Int32Array(shared);
    this.#engines = engines;
  }

  static allocate(engines: number, guests: number): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * (engines + 1 + guests));
  }

  /** Engine thread `engine` starts or ends something. It counts as busy until that is over, asker or not. */
  setRunning(engine: number, running: boolean): void {
    Atomics.store(this.#cells, engine, running ? cellMs() : 0);
  }

  /** Guest `slot` waits for `engine`, or for none. */
  setWaiting(slot: number, engine: number | undefined, long = false): void {
    const weight = long ? LONG_WEIGHT : 1;
    const cell = engine === undefined ? 0 : (weight << WEIGHT_SHIFT) | (engine + 1);
    Atomics.store(this.#cells, this.#engines + 1 + slot, cell);
  }

  /** A short request has come or gone. */
  noteShort(): void {
    Atomics.store(this.#cells, this.#engines, cellMs());
  }

  /** Engine threads that run something. */
  get busy(): number {
    return this.#cells.subarray(0, this.#engines).filter((since) => since !== 0).length;
  }

  /** Runs in flight and waiting on `engine`, a long one for several. */
  loadOf(engine: number): number {
    let waiting = 0;
    for (let at = this.#engines + 1; at < this.#cells.length; at++) {
      const cell = Atomics.load(this.#cells, at);
      if ((cell & ((1 << WEIGHT_SHIFT) - 1)) === engine + 1) waiting += cell >> WEIGHT_SHIFT;
    }
    return Math.max(waiting, this.#weightOfRun(engine));
  }

  /**
   * The engine with the least to do, the lowest number first, and whether no engine has anything to do.
   *
   * @param eligible which engines may be chosen; if none may, 0 is
   * @param long whether a long call asks
   */
  leastLoaded(
    eligible: (engine: number) => boolean = () => true,
    long = false,
  ): { engine: number; idle: boolean } {
    const leaveFirst = long && this.#shortAbout();
    let best = 0;
    let bestLoad = Infinity;
    let total = 0;
    for (let engine = 0; engine < this.#engines; engine++) {
      const load = this.loadOf(engine);
      total += load;
      if (!eligible(engine)) continue;
      const left = leaveFirst && best === 0 && engine > 0;
      if (load < bestLoad || left) [best, bestLoad] = [engine, load];
    }
    return { engine: best, idle: total === 0 };
  }

  #weightOfRun(engine: number): number {
    const since = Atomics.load(this.#cells, engine);
    if (since === 0) return 0;
    return ((cellMs() - since) | 0) < LONG_RUN_MS ? 1 : LONG_WEIGHT;
  }

  #shortAbout(): boolean {
    const seen = Atomics.load(this.#cells, this.#engines);
    return seen !== 0 && ((cellMs() - seen) | 0) < SHORT_LINGER_MS;
  }
}
