/**
 * The few numbers that a guest thread shares with those it waits for, in one array.
 *
 * The pulse only counts up: whoever has news for the guest adds to it and notifies, and the guest sleeps on the
 * value from before it looked. Beside it: how long others held the guest up, so that a component is not blamed for
 * a busy engine; how often it was told to go on after a pause; and which request nobody waits for any more, so that
 * an engine does not begin what it was asked for it.
 * Ownership: the guest writes when it asks; the engine thread it asked, when it begins to answer; the main thread
 * says when to go on, and gives up for a guest that it terminates. None of them waits for another here.
 */
import { cellMs } from './clock.ts';

const PULSE = 0;
const ASKED_AT = 1;
const HELD_UP_MS = 2;
const GONE_ON = 3;
const GIVEN_UP = 4;
const CELLS = 5;

export class GuestCell {
  readonly #cells: Int32Array;

  /** @param shared from {@link GuestCell.allocate} */
  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * CELLS);
  }

  get pulse(): number {
    return Atomics.load(this.#cells, PULSE);
  }

  /** There is news for the guest. */
  wake(): void {
    Atomics.add(this.#cells, PULSE, 1);
    Atomics.notify(this.#cells, PULSE);
  }

  /** Sleeps while the pulse is `pulse`, for `ms` at most. */
  sleep(pulse: number, ms: number): void {
    Atomics.wait(this.#cells, PULSE, pulse, ms);
  }

  /** How often the guest was told to go on. */
  get goneOn(): number {
    return Atomics.load(this.#cells, GONE_ON);
  }

  goOn(): void {
    Atomics.add(this.#cells, GONE_ON, 1);
    this.wake();
  }

  /** The guest's request begins: nobody has held it up yet. */
  begin(request: number): void {
    if (this.isGivenUp(request)) Atomics.store(this.#cells, GIVEN_UP, 0);
    Atomics.store(this.#cells, ASKED_AT, 0);
    Atomics.store(this.#cells, HELD_UP_MS, 0);
  }

  /** The request is over, or its deadline has passed. */
  giveUp(request: number): void {
    Atomics.store(this.#cells, GIVEN_UP, request);
  }

  isGivenUp(request: number): boolean {
    return Atomics.load(this.#cells, GIVEN_UP) === (request | 0);
  }

  /** The guest waits for an engine thread from now on. */
  asked(): void {
    Atomics.store(this.#cells, ASKED_AT, cellMs());
  }

  /** The engine thread is at it: what the guest waited until now was for others. */
  answering(): void {
    Atomics.store(this.#cells, HELD_UP_MS, this.heldUpMs);
    Atomics.store(this.#cells, ASKED_AT, 0);
  }

  /** Milliseconds of the guest's request in which an engine thread was busy with others. */
  get heldUpMs(): number {
    const askedAt = Atomics.load(this.#cells, ASKED_AT);
    const waiting = askedAt === 0 ? 0 : (cellMs() - askedAt) | 0;
    return Atomics.load(this.#cells, HELD_UP_MS) + waiting;
  }
}
