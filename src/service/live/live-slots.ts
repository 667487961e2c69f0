/**
 * Bounds the live sessions that are open by `maxLiveSounds`: each holds a guest thread and memory for as long as somebody
 * speaks. Where there are three slots or more, no client can take them all.
 */
import { SandpiperError } from '../../errors.ts';
import type { LiveSlot } from '../api/live.ts';

/** A guess: how long others will speak is not known. */
const RETRY_SECONDS = 5;

export class LiveSlots {
  readonly #most: number;
  readonly #stopping = new AbortController();
  readonly #taken = new Set<{ client: string }>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Slots that are taken, and how many there are. */
  get state(): { open: number; most: number } {
    return { open: this.#taken.size, most: this.#most };
  }

  /** Tells the holders of slots that the service stops. */
  stop(): void {
    this.#stopping.abort();
  }

  /** @throws SandpiperError `over-capacity` */
  take(client = ''): LiveSlot {
    const ofOne = this.#most > 2 ? this.#most - 1 : this.#most;
    if (this.#taken.size >= this.#most)
      throw full(`There are ${this.#most} live sounds, as many as maxLiveSounds allows`);
    if ([...this.#taken].filter((other) => other.client === client).length >= ofOne)
      throw full(`This client has ${ofOne} of the ${this.#most} live sounds that maxLiveSounds allows`);
    const own = { client };
    this.#taken.add(own);
    return { stopping: this.#stopping.signal, [Symbol.dispose]: () => void this.#taken.delete(own) };
  }
}

function full(why: string): SandpiperError {
  return new SandpiperError('over-capacity', `${why}: try again in ${RETRY_SECONDS} s.`, {
    retryAfterSeconds: RETRY_SECONDS,
  });
}
