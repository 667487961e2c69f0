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
  /** The client of each slot that is taken. */
  readonly #taken: string[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Slots that are taken, and how many there are. */
  get state(): { open: number; most: number } {
    return { open: this.#taken.length, most: this.#most };
  }

  /** Tells the holders of slots that the service stops. */
  stop(): void {
    this.#stopping.abort();
  }

  /** @throws SandpiperError `over-capacity` */
  take(client = ''): LiveSlot {
    const ofOne = this.#most > 2 ? this.#most - 1 : this.#most;
    if (this.#taken.length >= this.#most)
      throw full(`There are ${this.#most} live sounds, as many as maxLiveSounds allows`);
    if (this.#taken.filter((other) => other === client).length >= ofOne)
      throw full(`This client has ${ofOne} of the ${this.#most} live sounds that maxLiveSounds allows`);
    this.#taken.push(client);
    let over = false;
    return {
      stopping: this.#stopping.signal,
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        this.#taken.splice(this.#taken.indexOf(client), 1);
      },
    };
  }
}

function full(why: string): SandpiperError {
  return new SandpiperError('over-capacity', `${why}: try again in ${RETRY_SECONDS} s.`, {
    retryAfterSeconds: RETRY_SECONDS,
  });
}
