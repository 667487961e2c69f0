/** Counts of both servers for the same requests, under the same names in their metrics. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Refused requests are left out: Triton counts as failed those that reached a model, and this service all for one. */
const COUNTS = ['request_success', 'count', 'exec_count'] as const;

/** The sum over all models. */
export type Counts = Record<(typeof COUNTS)[number], number>;

/** Triton counts a request a moment after it has answered it. */
const PATIENCE = 40;
const PAUSE_MS = 50;

export class CountedServer {
  readonly #url: string;
  #last: Counts | undefined;

  /** @param url of its metrics */
  constructor(url: string) {
    this.#url = url;
  }

  /** Its counts since the last call; waits for a moment until they are as expected. */
  async sinceThen(expected?: Counts): Promise<Counts> {
    let found = await this.#read();
    const before = this.#last ?? found;
    const since = () => mapCounts((name) => found[name] - before[name]);
    const wanted = expected ?? since();
    for (let tries = 0; !isSame(since(), wanted) && tries < PATIENCE; tries++) {
      await sleep(PAUSE_MS);
      found = await this.#read();
    }
    this.#last = found;
    return since();
  }

  async #read(): Promise<Counts> {
    const text = await (await fetch(this.#url)).text();
    return mapCounts((name) =>
      [...text.matchAll(new RegExp(`^nv_inference_${name}\\{.*\\} (\\S+)$`, 'gm'))].reduce(
        (sum, [, value]) => sum + Number(value),
        0,
      ),
    );
  }
}

export function isSame(one: Counts, other: Counts): boolean {
  return COUNTS.every((name) => one[name] === other[name]);
}

function mapCounts(count: (name: keyof Counts) => number): Counts {
  return {
    request_success: count('request_success'),
    count: count('count'),
    exec_count: count('exec_count'),
  };
}
