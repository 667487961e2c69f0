/**
 * Pauses a decoding thread between two pieces of its work, and counts the pieces, through shared memory.
 *
 * Purpose: a thread that decodes a sound reads no messages; these two cells are all that reaches it. Guarantees: a thread
 * that is asked to pause sleeps after its next piece until it is resumed; inside a single call of a decoder it goes on,
 * and `pieces` does not change. Ownership: the main thread pauses and resumes, the decoding thread sleeps; the cells
 * belong to one thread for its life.
 */
const STATE = 0;
const PIECES = 1;

const RUNNING = 0;
const ASKED = 1;
const HELD = 2;

export class SoundPace {
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.cells = cells;
  }

  /** Called on the decoding thread after each piece: sleeps while it is paused. */
  readonly step = (): void => {
    Atomics.add(this.cells, PIECES, 1);
    Atomics.compareExchange(this.cells, STATE, ASKED, HELD);
    while (Atomics.load(this.cells, STATE) === HELD) Atomics.wait(this.cells, STATE, HELD);
  };

  /** Number of pieces done; for the main thread, like the members below. */
  get pieces(): number {
    return Atomics.load(this.cells, PIECES);
  }

  get isPaused(): boolean {
    return Atomics.load(this.cells, STATE) === HELD;
  }

  pause(): void {
    Atomics.compareExchange(this.cells, STATE, RUNNING, ASKED);
  }

  resume(): void {
    Atomics.store(this.cells, STATE, RUNNING);
    Atomics.notify(this.cells, STATE);
  }
}
