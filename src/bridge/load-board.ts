/**
 * Who keeps which engine thread busy: one shared array that every thread reads without asking another.
 *
 * Guarantees: a hint, never a lock. Two guests may choose the same engine in the same microsecond; one then
 * waits a little. Ownership: engine thread e alone writes its `running` cell; guest slot g alone writes its
 * `waiting` cell, and the main thread clears it after the guest was terminated.
 */
export class LoadBoard {
  readonly #cells: Int32Array;
  readonly #engines: number;

  /** @param shared from {@link LoadBoard.allocate} */
  constructor(shared: SharedArrayBuffer, engines: number) {
    this.#cells = new Int32Array(shared);
    this.#engines = engines;
  }

  static allocate(engines: number, guests: number): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * (engines + guests));
  }

  /** Engine thread `engine` starts or ends a run. It counts as busy until the run is over, asker or not. */
  setRunning(engine: number, running: boolean): void {
    Atomics.store(this.#cells, engine, running ? 1 : 0);
  }

  /** Guest `slot` waits for `engine`, or for none. */
  setWaiting(slot: number, engine: number | undefined): void {
    Atomics.store(this.#cells, this.#engines + slot, engine === undefined ? 0 : engine + 1);
  }

  /** Engine threads that run something. */
  get busy(): number {
    return this.#cells.subarray(0, this.#engines).reduce((sum, running) => sum + running, 0);
  }

  /** Runs in flight and waiting on `engine`. */
  loadOf(engine: number): number {
    let waiting = 0;
    for (let cell = this.#engines; cell < this.#cells.length; cell++) {
      if (Atomics.load(this.#cells, cell) === engine + 1) waiting++;
    }
    return Math.max(waiting, Atomics.load(this.#cells, engine));
  }

  /**
   * The engine with the least to do, the lowest number first, and whether no engine has anything to do.
   *
   * @param eligible which engines may be chosen; if none may, 0 is
   */
  leastLoaded(eligible: (engine: number) => boolean = () => true): { engine: number; idle: boolean } {
    let best = 0;
    let bestLoad = Infinity;
    let total = 0;
    for (let engine = 0; engine < this.#engines; engine++) {
      const load = this.loadOf(engine);
      total += load;
      if (load < bestLoad && eligible(engine)) [best, bestLoad] = [engine, load];
    }
    return { engine: best, idle: total === 0 };
  }
}
