/**
 * The writing end of a live sound: what comes from a client on its way to the component.
 *
 * Guarantees: a write resolves once all of it is in the ring, so that whoever sends faster than it is transcribed is
 * held up; the component sees nothing beyond a turn's end before it has settled that turn.
 * Ownership: the main thread.
 */
import { LiveRing } from '../../sandbox/live-ring.ts';
import type { TurnOptions } from '../api/live.ts';

/** Where the client ended a turn. */
interface TurnEnd {
  at: number;
  /** Its text is not wanted. */
  forget: boolean;
}

export class LiveFeed {
  readonly ring: LiveRing;
  readonly #ends: TurnEnd[] = [];
  #written = 0;
  /** Where the client ended its last turn. */
  #lastEnd = 0;
  #over = false;
  #wake: () => void = () => undefined;
  #room = Promise.withResolvers<void>();

  /** @param capacity samples that may lie here */
  constructor(capacity: number) {
    this.ring = new LiveRing(LiveRing.allocate(capacity));
  }

  /** Samples that have come. */
  get length(): number {
    return this.#written;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Samples since the client ended its last turn. */
  get sinceEnd(): number {
    return this.#written - this.#lastEnd;
  }

  /** Whether the turn that is worked at is one to forget. */
  get forgets(): boolean {
    return this.#ends[0]?.forget ?? false;
  }

  /** @param wake makes the component look again */
  attach(wake: () => void): void {
    this.#wake = wake;
  }

  /** @throws the signal's reason */
  async write(samples: Float32Array, signal: AbortSignal): Promise<void> {
    for (let at = 0; at < samples.length;) {
      signal.throwIfAborted();
      const free = this.ring.capacity - (this.#written - this.ring.released);
      if (free === 0) {
        await this.#roomOr(signal);
        continue;
      }
      const piece = samples.subarray(at, at + free);
      this.ring.write(piece, this.#written);
      this.#written += piece.length;
      at += piece.length;
      this.#show();
    }
  }

  endTurn({ forget = false }: { forget?: boolean } = {}): void {
    this.#ends.push({ at: this.#written, forget });
    this.#lastEnd = this.#written;
    this.#show();
  }

  detect(turns: TurnOptions | null): void {
    this.ring.detect(turns ?? undefined);
  }

  end(): void {
    this.#over = true;
    this.#show();
  }

  /** The component has released some. */
  released(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  /** The component has settled all up to a sample. @returns whether the client ended its turn there */
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

  async #roomOr(signal: AbortSignal): Promise<void> {
    const room = this.#room;
    const look = (): void => room.resolve();
    signal.addEventListener('abort', look, { once: true });
    await room.promise;
    signal.removeEventListener('abort', look);
  }
}
