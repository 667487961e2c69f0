/**
 * Holds a decoding thread between two pieces of its work, from outside, and tells how far it is.
 *
 * Purpose: a thread is busy with one sound and reads no messages meanwhile; these two cells are all that reaches
 * it. Guarantees: a thread that is asked to hold sleeps from its next piece on, until it is told to go on; one that
 * is inside a single call of a decoder goes on, and `pieces` stands still. Ownership: the main thread asks, the
 * decoding thread obeys; the cells belong to one thread for its life.
 */
const STATE = 0;
const PIECES = 1;

const RUNNING = 0;
const ASKED = 1;
const HELD = 2;

export class SoundPace {
  /** Two whole numbers in shared memory. */
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.cells = cells;
  }

  /** On the decoding thread, after each piece: sleeps here while it is held. */
  readonly step = (): void => {
    Atomics.add(this.cells, PIECES, 1);
    Atomics.compareExchange(this.cells, STATE, ASKED, HELD);
    while (Atomics.load(this.cells, STATE) === HELD) Atomics.wait(this.cells, STATE, HELD);
  };

  /** From here on on the main thread. A number that changes with each piece. */
  get pieces(): number {
    return Atomics.load(this.cells, PIECES);
  }

  /** Whether the thread sleeps. */
  get held(): boolean {
    return Atomics.load(this.cells, STATE) === HELD;
  }

  hold(): void {
    Atomics.compareExchange(this.cells, STATE, RUNNING, ASKED);
  }

  goOn(): void {
    Atomics.store(this.cells, STATE, RUNNING);
    Atomics.notify(this.cells, STATE);
  }
}
