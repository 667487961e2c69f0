/**
 * How many live sounds there may be at one time: each holds a guest thread and what was heard of it, for as long as
 * somebody speaks. Of three places or more a client leaves one to others.
 */
import { SandpiperError } from '../../errors.ts';
import type { LivePlace } from '../api/live.ts';

/** Nobody knows how long others will speak. */
const RETRY_SECONDS = 5;

export class LivePlaces {
  readonly #most: number;
  readonly #stopping = new AbortController();
  /** One for each place that is taken: whose it is. */
  readonly #taken: string[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken.length;
  }

  /** The service stops. */
  stop(): void {
    this.#stopping.abort();
  }

  /** @throws SandpiperError `over-capacity` */
  enter(client: string): LivePlace {
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
