/**
 * The input buffer of a live session: samples from the client, in the ring from which the component reads.
 *
 * Guarantees: a write resolves when all its samples are in the ring, so that a client that sends faster than the
 * component reads is slowed down. Where the client has ended a turn, the component sees no sample of the next before it
 * has settled that turn.
 * Ownership: the main thread.
 */
import { Condition } from '../../async/condition.ts';
import { LiveRing } from '../../sandbox/live-ring.ts';

/** Where the client ended a turn. */
interface TurnEnd {
  at: number;
  /** The client has cleared the buffer: its text is not wanted. */
  discard: boolean;
}

export class LiveBuffer {
  readonly ring: LiveRing;
  readonly #ends: TurnEnd[] = [];
  #written = 0;
  /** Sample at which the client last ended a turn. */
  #lastEnd = 0;
  #over = false;
  #wake: () => void = () => undefined;
  readonly #room = new Condition();

  /** @param capacity in samples */
  constructor(capacity: number) {
    this.ring = new LiveRing(LiveRing.allocate(capacity));
  }

  /** Samples written so far. */
  get length(): number {
    return this.#written;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Samples written since the client last ended a turn. */
  get sinceEnd(): number {
    return this.#written - this.#lastEnd;
  }

  /** Whether the text of the turn that the component works on is discarded. */
  get discards(): boolean {
    return this.#ends[0]?.discard ?? false;
  }

  /** @param wake wakes the component, which waits for samples */
  attach(wake: () => void): void {
    this.#wake = wake;
  }

  /** @throws the signal's reason */
  async write(samples: Float32Array, signal: AbortSignal): Promise<void> {
    for (let at = 0; at < samples.length;) {
      signal.throwIfAborted();
      const free = this.ring.capacity - (this.#written - this.ring.released);
      if (free === 0) {
        await this.#room.wait(signal);
        continue;
      }
      const piece = samples.subarray(at, at + free);
      this.ring.write(piece, this.#written);
      this.#written += piece.length;
      at += piece.length;
      this.#show();
    }
  }

  endTurn({ discard = false }: { discard?: boolean } = {}): void {
    this.#ends.push({ at: this.#written, discard });
    this.#lastEnd = this.#written;
    this.#show();
  }

  end(): void {
    this.#over = true;
    this.#show();
  }

  /** The component has released samples, which makes room. */
  released(): void {
    this.#room.notify();
  }

  /** The component has settled a turn that ends at this sample. @returns whether the client ended it */
  settled(end: number): boolean {
    if (this.#ends[0]?.at !== end) return false;
    this.#ends.shift();
    this.#show();
    return true;
  }

  #show(): void {
    const [next] = this.#ends;
    if (next !== undefined) this.ring.show({ length: next.at, state: 'turn-over' });
    else this.ring.show({ length: this.#written, state: this.#over ? 'over' : 'open' });
    this.#wake();
  }
}
