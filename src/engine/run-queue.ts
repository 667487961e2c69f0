/**
 * Which threads may run a graph now: at most as many as there are cores, by a table in shared memory.
 *
 * Policy. Short requests go first, then what hears and settles live speech, then all else that is long; otherwise first
 * come, first served. While there are requests of the first two kinds, and for {@link LINGER_MS} after the last, the kinds
 * behind them leave one core to them, unless a short one has run for that long itself; otherwise they may use all. The run
 * of the only request may use every core, if its graph has a multi-threaded session: threads of such a run wait for one
 * another by spinning, which would slow down other runs by as much.
 *
 * Guarantees: no more runs than {@link RunQueue.allocate} was given, because a slot is taken by one compare-and-swap;
 * not counted are short ones that have lasted for {@link LASTING_MS}, whose slots others may take, and one that was
 * stopped and stays inside an operator, once {@link RunQueue.leave} was called for it. A thread that dies, at any moment, blocks nothing once the main thread has called {@link RunQueue.leave} for it. Every
 * change of the table adds to its pulse and notifies, so a waiting thread checks again after each change; a stale view
 * costs one more check and never a lost wake-up.
 *
 * Ownership: a thread writes its own row and the slots that it takes; the main thread clears both after its end, and
 * says when short requests come and go.
 */
import { int32Ms } from '../async/clock.ts';

/** The order of runs: of short requests, of live speech that is heard or settled, of all other long requests. */
export type RunOrder = 'short' | 'live' | 'long';

/** How long after the last of its kind a core is still kept free, so that it is while they come one by one. */
const LINGER_MS = 2_000;

/** A short run that lasts longer keeps others waiting no more. */
const LASTING_MS = 250;

const PULSE = 0;
const TICKETS = 1;
const SHORT_SEEN = 2;
const LIVE_SEEN = 3;
const RUNS_ENDED = 4;
const ACTIVE_REQUESTS = 5;
const SLOT_COUNT = 6;
/** The slots; behind all of them, for each, since when a short run holds it, or 0. */
const SLOTS = 7;

/** States of a row: absent, or what waits in it. */
const ABSENT = 0;
const WAITS: Readonly<Record<RunOrder, number>> = { short: 1, live: 2, long: 3 };
const ROW_CELLS = 2;

export interface RunQueueShape {
  runs: number;
  threads: number;
}

export class RunQueue {
  readonly #cells: Int32Array;
  readonly #slots: number;
  readonly #rows: number;

  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared);
    this.#slots = Atomics.load(this.#cells, SLOT_COUNT);
    this.#rows = SLOTS + 2 * this.#slots;
  }

  static allocate({ runs, threads }: RunQueueShape): SharedArrayBuffer {
    const shared = new SharedArrayBuffer(4 * (SLOTS + 2 * runs + threads * ROW_CELLS));
    new Int32Array(shared)[SLOT_COUNT] = runs;
    return shared;
  }

  /** Changes with every change of the table. Read it, check the condition, and only then {@link sleep} on it. */
  get pulse(): number {
    return Atomics.load(this.#cells, PULSE);
  }

  /** Sleeps until the pulse differs from `pulse`, for `ms` at most. */
  sleep(pulse: number, ms: number): void {
    // No notification follows when a run begins to last, or when the linger time ends.
    Atomics.wait(this.#cells, PULSE, pulse, Math.min(ms, LASTING_MS));
  }

  /** Makes every waiting thread check again. */
  wake(): void {
    Atomics.add(this.#cells, PULSE, 1);
    Atomics.notify(this.#cells, PULSE);
  }

  enqueue(row: number, order: RunOrder): void {
    const at = this.#at(row);
    if (order === 'live') Atomics.store(this.#cells, LIVE_SEEN, int32Ms());
    Atomics.store(this.#cells, at + 1, Atomics.add(this.#cells, TICKETS, 1));
    Atomics.store(this.#cells, at, WAITS[order]);
  }

  /** Gives a queued thread a run slot if one is free, or a run lasts in it, and no other thread goes first. */
  tryEnter(row: number): boolean {
    const state = Atomics.load(this.#cells, this.#at(row));
    const leavesOne =
      (state > WAITS.short && this.#isRecent(SHORT_SEEN, LINGER_MS)) ||
      (state > WAITS.live && this.#isRecent(LIVE_SEEN, LINGER_MS));
    const lasting = this.#lasting;
    const most = leavesOne && lasting === 0 ? Math.max(1, this.#slots - 1) : this.#slots;
    if (this.#countBefore(row) >= most - (this.busy - lasting)) return false;
    // A run that lasts keeps its slot while another is free, and counts as one.
    const slot = this.#take(row, { overtakes: false }) ?? this.#take(row, { overtakes: true });
    if (slot === undefined) return false;
    Atomics.store(this.#cells, slot + this.#slots, state === WAITS.short ? int32Ms() : 0);
    this.#leaveQueue(row);
    return true;
  }

  /** Whether no other thread runs or waits and there is no other request. */
  get alone(): boolean {
    if (this.busy > 1 || Atomics.load(this.#cells, ACTIVE_REQUESTS) > 1) return false;
    for (let at = this.#rows; at < this.#cells.length; at += ROW_CELLS)
      if (Atomics.load(this.#cells, at) !== ABSENT) return false;
    return true;
  }

  /** Removes thread `row` from its slot and from the queue, wherever it is. */
  leave(row: number): void {
    for (let slot = SLOTS; slot < this.#slotsEnd; slot++) {
      Atomics.compareExchange(this.#cells, slot, row + 1, 0);
    }
    // Its slot may be another's by now.
    Atomics.add(this.#cells, RUNS_ENDED, 1);
    this.#leaveQueue(row);
  }

  noteShortRequest(): void {
    Atomics.store(this.#cells, SHORT_SEEN, int32Ms());
  }

  /** Sets how many requests are in progress in all, running or not. */
  setActiveRequests(count: number): void {
    Atomics.store(this.#cells, ACTIVE_REQUESTS, count);
  }

  get busy(): number {
    let busy = 0;
    for (let slot = SLOTS; slot < this.#slotsEnd; slot++) if (Atomics.load(this.#cells, slot) !== 0) busy++;
    return busy;
  }

  /** Number of runs that have ended since the start; a 32-bit number that wraps. */
  get ended(): number {
    return Atomics.load(this.#cells, RUNS_ENDED);
  }

  /** Takes a slot that is free, or one that a run lasts in. */
  #take(row: number, { overtakes }: { overtakes: boolean }): number | undefined {
    for (let slot = SLOTS; slot < this.#slotsEnd; slot++) {
      if (overtakes && !this.#isLasting(slot)) continue;
      const holder = overtakes ? Atomics.load(this.#cells, slot) : 0;
      if (Atomics.compareExchange(this.#cells, slot, holder, row + 1) === holder) return slot;
    }
    return undefined;
  }

  get #slotsEnd(): number {
    return SLOTS + this.#slots;
  }

  /** Number of slots in which a short run lasts. */
  get #lasting(): number {
    let lasting = 0;
    for (let slot = SLOTS; slot < this.#slotsEnd; slot++) if (this.#isLasting(slot)) lasting++;
    return lasting;
  }

  #isLasting(slot: number): boolean {
    const since = slot + this.#slots;
    if (Atomics.load(this.#cells, slot) === 0 || Atomics.load(this.#cells, since) === 0) return false;
    return !this.#isRecent(since, LASTING_MS);
  }

  #at(row: number): number {
    return this.#rows + row * ROW_CELLS;
  }

  #leaveQueue(row: number): void {
    Atomics.store(this.#cells, this.#at(row), ABSENT);
    this.wake();
  }

  #countBefore(row: number): number {
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

  #isRecent(cell: number, ms: number): boolean {
    const seen = Atomics.load(this.#cells, cell);
    return seen !== 0 && ((int32Ms() - seen) | 0) < ms;
  }
}
