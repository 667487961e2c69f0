import { SandpiperError } from '../errors.ts';

/** Why a signal was aborted, as an error of this service: its own reason where it has one, else `client-gone`. */
export function abortError(signal: AbortSignal): SandpiperError {
  if (signal.reason instanceof SandpiperError) return signal.reason;
  return new SandpiperError('client-gone', 'The request was given up before its answer was ready', {
    cause: signal.reason,
  });
}

export interface TurnOptions {
  signal?: AbortSignal | undefined;
  /** Whose job it is: clients take turns in a round, however many jobs each has. */
  client?: string | undefined;
}

/**
 * Runs jobs in turns, at most `places` at once and at most `perClient` of one client. For jobs that cannot be
 * stopped once they run: an aborted caller is let go at once, while the place stays taken until its job has
 * really ended.
 */
export class Turns {
  /** In the order of the round: the client that was served last is the last. No queue is empty. */
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #running = new Map<string, number>();
  readonly #perClient: number;
  #free: number;

  constructor(places: number, perClient = places) {
    this.#free = places;
    this.#perClient = perClient;
  }

  /**
   * The outcome of `job`, which never starts when `signal` aborts while the caller still waits.
   *
   * @throws SandpiperError see {@link abortError}
   */
  async run<T>(job: () => Promise<T>, { signal, client = '' }: TurnOptions = {}): Promise<T> {
    if (signal?.aborted === true) throw abortError(signal);
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        this.#count(client, 1);
        job()
          .then(resolve, reject)
          .finally(() => {
            signal?.removeEventListener('abort', onAbort);
            this.#count(client, -1);
            this.#serve();
          });
      };
      const onAbort = () => {
        this.#leave(client, start);
        if (signal !== undefined) reject(abortError(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const queue = this.#waiting.get(client);
      if (queue === undefined) this.#waiting.set(client, [start]);
      else queue.push(start);
      this.#serve();
    });
  }

  #serve(): void {
    for (const [client, [first]] of this.#waiting) {
      if (this.#free === 0) return;
      if (first === undefined || (this.#running.get(client) ?? 0) >= this.#perClient) continue;
      const queue = this.#leave(client, first);
      // To the end of the round.
      this.#waiting.delete(client);
      if (queue.length > 0) this.#waiting.set(client, queue);
      first();
    }
  }

  #leave(client: string, start: () => void): (() => void)[] {
    const queue = (this.#waiting.get(client) ?? []).filter((other) => other !== start);
    if (queue.length > 0) this.#waiting.set(client, queue);
    else this.#waiting.delete(client);
    return queue;
  }

  #count(client: string, change: 1 | -1): void {
    this.#free -= change;
    const running = (this.#running.get(client) ?? 0) + change;
    if (running > 0) this.#running.set(client, running);
    else this.#running.delete(client);
  }
}
