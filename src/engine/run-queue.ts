/**
 * Which threads may run a graph now: at most as many as there are cores, by a table in shared memory.
 *
 * Policy. Short requests go before long ones, and among equals who came first. While short requests are about, and for
 * {@link SHORT_LINGER_MS} after the last, long ones leave one core to them; when they are alone they may use all. The run
 * of a request that is the only one here may use every core, where its graph has a session for that: threads of such a
 * run wait for one another by spinning, which takes from others what it gains.
 *
 * Guarantees: no more runs than {@link RunQueue.allocate} was told, because a slot is taken by one compare-and-swap. A
 * thread that dies, at any moment, holds nothing up once the main thread has called {@link RunQueue.leave} for it. A thread that
 * waits looks again whenever something has changed, since whoever changes the table adds to its pulse and notifies; so
 * a view that was out of date costs one more look and never a lost wake-up.
 *
 * Ownership: a thread writes its own row and the slots that it takes; the main thread clears both after its end, and
 * says when short requests come and go.
 */
import { cellMs } from '../async/clock.ts';

/** Short requests are about for this long after the last: one after another, and not only while one is here. */
const SHORT_LINGER_MS = 2_000;

const PULSE = 0;
const TICKETS = 1;
const SHORT_SEEN = 2;
const RUNS_ENDED = 3;
const PRESENT = 4;
const SLOT_COUNT = 5;
const SLOTS = 6;

/** What a row says. */
const ABSENT = 0;
const WAITS_SHORT = 1;
const WAITS_LONG = 2;
const ROW_CELLS = 2;

export interface RunQueueShape {
  /** Runs at one time. */
  runs: number;
  /** Threads that may ever be here at one time. */
  threads: number;
}

export class RunQueue {
  readonly #cells: Int32Array;
  readonly #slots: number;
  readonly #rows: number;

  /** @param shared from {@link RunQueue.allocate} */
  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared);
    this.#slots = Atomics.load(this.#cells, SLOT_COUNT);
    this.#rows = SLOTS + this.#slots;
  }

  static allocate({ runs, threads }: RunQueueShape): SharedArrayBuffer {
    const shared = new SharedArrayBuffer(4 * (SLOTS + runs + threads * ROW_CELLS));
    new Int32Array(shared)[SLOT_COUNT] = runs;
    return shared;
  }

  /** Changes whenever a thread that waits should look again: take it, look, and only then {@link sleep} on it. */
  get pulse(): number {
    return Atomics.load(this.#cells, PULSE);
  }

  /** Sleeps while the pulse is `pulse`, for `ms` at most. */
  sleep(pulse: number, ms: number): void {
    // Long ones are let in when the short ones have been gone for a while, which nobody notifies of.
    Atomics.wait(this.#cells, PULSE, pulse, Math.min(ms, SHORT_LINGER_MS));
  }

  /** Makes every thread that waits look again. */
  wake(): void {
    Atomics.add(this.#cells, PULSE, 1);
    Atomics.notify(this.#cells, PULSE);
  }

  /** Thread `row` waits for its turn from now on. */
  queue(row: number, long: boolean): void {
    const at = this.#at(row);
    Atomics.store(this.#cells, at + 1, Atomics.add(this.#cells, TICKETS, 1));
    Atomics.store(this.#cells, at, long ? WAITS_LONG : WAITS_SHORT);
  }

  /** Lets a thread that is in the queue run if it is its turn. */
  tryEnter(row: number): boolean {
    const long = Atomics.load(this.#cells, this.#at(row)) === WAITS_LONG;
    const most = long && this.#shortAbout() ? Math.max(1, this.#slots - 1) : this.#slots;
    if (this.#before(row) >= most - this.busy) return false;
    for (let slot = SLOTS; slot < this.#rows; slot++) {
      if (Atomics.compareExchange(this.#cells, slot, 0, row + 1) !== 0) continue;
      this.#leaveQueue(row);
      return true;
    }
    return false;
  }

  /** Nothing runs beside the caller, nothing waits, and no other request is on its way to here. */
  get alone(): boolean {
    if (this.busy > 1 || Atomics.load(this.#cells, PRESENT) > 1) return false;
    for (let at = this.#rows; at < this.#cells.length; at += ROW_CELLS)
      if (Atomics.load(this.#cells, at) !== ABSENT) return false;
    return true;
  }

  /** Thread `row` has run, waits no longer, or has ended wherever it was. */
  leave(row: number): void {
    for (let slot = SLOTS; slot < this.#rows; slot++) {
      if (Atomics.compareExchange(this.#cells, slot, row + 1, 0) === row + 1)
        Atomics.add(this.#cells, RUNS_ENDED, 1);
    }
    this.#leaveQueue(row);
  }

  /** A short request has come or gone. */
  noteShort(): void {
    Atomics.store(this.#cells, SHORT_SEEN, cellMs());
  }

  /** So many requests are worked at in all, wherever they are. */
  notePresent(requests: number): void {
    Atomics.store(this.#cells, PRESENT, requests);
  }

  /** Graphs that run now. */
  get busy(): number {
    let busy = 0;
    for (let slot = SLOTS; slot < this.#rows; slot++) if (Atomics.load(this.#cells, slot) !== 0) busy++;
    return busy;
  }

  /** For each slot the row of the thread that runs in it. */
  get holders(): (number | undefined)[] {
    const holders = Array.from(this.#cells.subarray(SLOTS, this.#rows));
    return holders.map((holder) => (holder === 0 ? undefined : holder - 1));
  }

  /** Runs that have ended since the start, a number of 32 bits that goes round. */
  get ended(): number {
    return Atomics.load(this.#cells, RUNS_ENDED);
  }

  #at(row: number): number {
    return this.#rows + row * ROW_CELLS;
  }

  #leaveQueue(row: number): void {
    Atomics.store(this.#cells, this.#at(row), ABSENT);
    this.wake();
  }

  /** How many of those that wait come before `row`. */
  #before(row: number): number {
    const state = Atomics.load(this.#cells, this.#at(row));
    const ticket = Atomics.load(this.#cells, this.#at(row) + 1);
    let before = 0;
    for (let at = this.#rows; at < this.#cells.length; at += ROW_CELLS) {
      const other = Atomics.load(this.#cells, at);
      if (other === ABSENT || at === this.#at(row)) continue;
      const earlier = ((Atomics.load(this.#cells, at + 1) - ticket) | 0) < 0;
      if (other < state || (other === state && earlier)) before++;
    }
    return before;
  }

  #shortAbout(): boolean {
    const seen = Atomics.load(this.#cells, SHORT_SEEN);
    return seen !== 0 && ((cellMs() - seen) | 0) < SHORT_LINGER_MS;
  }
}
