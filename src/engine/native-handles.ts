/**
 * The native values that a guest thread holds, recorded in shared memory so that the main thread can release what a
 * terminated thread leaves behind.
 *
 * Guarantees: the library itself writes the addresses of new values into the table, so there is no moment in which a
 * value exists and is not in it. An address leaves the table before it is released: a thread that ends between the two
 * leaks one value and never has it released twice.
 *
 * Ownership: the guest thread writes; after its end, and only then, the main thread releases what is left. The session
 * cell is read by the main thread at any time: a session that is named there must not be released.
 */
import { GRAPH_BOUNDS } from '../config/graph-bounds.ts';
import { EngineError } from './engine-error.ts';
import { addressOf, type Address } from './native/koffi.ts';
import type { Runtime } from './runtime.ts';

const ADDRESS_BYTES = 8;
const SESSION_CELL = 0;
const FIRST_RUN_CELL = 1;
/** Inputs and outputs of the current run. */
const RUN_CELLS = GRAPH_BOUNDS.runValues;
const FIRST_KEPT_CELL = FIRST_RUN_CELL + RUN_CELLS;
/** Values that outlive a run: twice the default of the limit `liveResources`. */
const KEPT_CELLS = 8_192;
const FIRST_SESSION_CELL = FIRST_KEPT_CELL + KEPT_CELLS;
/** Sessions of graphs that the guest's request has loaded. */
const SESSION_CELLS = 1_024;
const CELLS = FIRST_SESSION_CELL + SESSION_CELLS;

export class NativeHandles {
  readonly #cells: BigUint64Array;
  readonly #start: Address;
  readonly #runtime: Runtime;
  readonly #free: number[] = [];
  #next = FIRST_KEPT_CELL;
  #sessions = 0;

  /** @param shared from {@link NativeHandles.allocate} */
  constructor(shared: SharedArrayBuffer, runtime: Runtime) {
    this.#cells = new BigUint64Array(shared);
    this.#runtime = runtime;
    this.#start = addressOf(this.#cells);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(ADDRESS_BYTES * CELLS);
  }

  /** The session that the thread runs or is about to run; 0n if none. */
  static sessionInUse(shared: SharedArrayBuffer): Address {
    return Atomics.load(new BigUint64Array(shared), SESSION_CELL);
  }

  useSession(session: Address): void {
    Atomics.store(this.#cells, SESSION_CELL, session);
  }

  /** Address of the first cell of a run's values; the others follow. */
  get runCells(): Address {
    return this.#addressOf(FIRST_RUN_CELL);
  }

  runValue(index: number): Address {
    return this.#cells[FIRST_RUN_CELL + index] ?? 0n;
  }

  /** @throws EngineError `too-large` if a run cannot have `count` inputs and outputs */
  assertRunValues(count: number): void {
    if (count > RUN_CELLS)
      throw new EngineError(
        'too-large',
        `The graph has ${count} inputs and outputs; a run may have ${RUN_CELLS}.`,
      );
  }

  /** Keeps a value of the run after the run. @returns its cell. @throws EngineError `too-large` */
  keep(index: number): number {
    const cell = this.#takeCell();
    this.#cells[cell] = this.runValue(index);
    this.#cells[FIRST_RUN_CELL + index] = 0n;
    return cell;
  }

  /**
   * Makes a session that is kept until the request ends.
   *
   * @param make writes the session's address to the given cell
   * @throws EngineError `too-large`, or what `make` throws
   */
  keepSession(make: (cell: Address) => void): Address {
    if (this.#sessions >= SESSION_CELLS)
      throw new EngineError('too-large', `A request may load ${SESSION_CELLS} graphs.`);
    const cell = FIRST_SESSION_CELL + this.#sessions++;
    make(this.#addressOf(cell));
    return this.#cells[cell] ?? 0n;
  }

  kept(cell: number): Address {
    return this.#cells[cell] ?? 0n;
  }

  release(cell: number): void {
    this.#free.push(cell);
    this.#releaseCell(cell);
  }

  /** Releases those of a run's first `count` values that were not kept. */
  releaseRun(count: number): void {
    for (let index = 0; index < count; index++) this.#releaseCell(FIRST_RUN_CELL + index);
  }

  /** Releases everything that the request kept. */
  releaseKept(): void {
    for (let cell = FIRST_KEPT_CELL; cell < this.#next; cell++) this.#releaseCell(cell);
    for (let index = 0; index < this.#sessions; index++) {
      const session = this.kept(FIRST_SESSION_CELL + index);
      this.#cells[FIRST_SESSION_CELL + index] = 0n;
      if (session !== 0n) this.#runtime.unload(session);
    }
    this.#free.length = 0;
    this.#next = FIRST_KEPT_CELL;
    this.#sessions = 0;
  }

  /** Releases everything in the table of an ended thread; for the main thread. */
  static releaseAll(shared: SharedArrayBuffer, runtime: Runtime): void {
    const cells = new BigUint64Array(shared);
    // A value that was being moved from the run's cells to the kept ones is in both.
    const values = new Set(cells.subarray(FIRST_RUN_CELL, FIRST_SESSION_CELL));
    const sessions = new Set(cells.subarray(FIRST_SESSION_CELL));
    cells.fill(0n);
    for (const value of values) if (value !== 0n) runtime.values.release(value);
    for (const session of sessions) if (session !== 0n) runtime.unload(session);
  }

  #addressOf(cell: number): Address {
    return this.#start + BigInt(ADDRESS_BYTES * cell);
  }

  #takeCell(): number {
    const cell = this.#free.pop() ?? this.#next++;
    if (cell < FIRST_SESSION_CELL) return cell;
    this.#next = FIRST_SESSION_CELL;
    throw new EngineError('too-large', `A request may hold ${KEPT_CELLS} tensors of the engine at one time.`);
  }

  #releaseCell(cell: number): void {
    const value = this.kept(cell);
    if (value === 0n) return;
    this.#cells[cell] = 0n;
    this.#runtime.values.release(value);
  }
}
