/**
 * Bounds the number of jobs that run at a time, fair between clients.
 *
 * Guarantees: a permit is granted once and released once. Clients are served round-robin, however many jobs each has,
 * and hold at most `perClient` permits each. A caller that aborts while it waits leaves at once, and its job never
 * starts; one that aborts while its job runs gets its rejection at once, while the permit is held until the job ends.
 * Ownership: the thread that made it.
 */
import { FairQueue, type QueueEntry } from './fair-queue.ts';
import { abortError, onAbort } from './on-abort.ts';

export interface Waiter {
  signal?: AbortSignal | undefined;
  /** The client that the job belongs to. */
  client?: string | undefined;
}

interface Waiting extends QueueEntry {
  readonly start: () => void;
}

export class Semaphore {
  readonly #queue = new FairQueue<Waiting>();
  readonly #running = new Map<string, number>();
  readonly #perClient: number;
  #free: number;

  constructor(permits: number, perClient = permits) {
    this.#free = permits;
    this.#perClient = perClient;
  }

  /**
   * Runs `job` once there is a permit for it, and returns its result.
   *
   * @throws SandpiperError the signal's reason, or `client-gone`
   */
  async run<T>(job: () => Promise<T>, { signal, client = '' }: Waiter = {}): Promise<T> {
    if (signal?.aborted === true) throw abortError(signal);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const start = (): void => {
      this.#count(client, 1);
      void job()
        .then(resolve, reject)
        .finally(() => {
          this.#count(client, -1);
          this.#serve();
        });
    };
    const waiting = { flow: client, priority: 0, start };
    using _listener = onAbort(signal, () => {
      this.#queue.remove(waiting);
      if (signal !== undefined) reject(abortError(signal));
    });
    this.#queue.add(waiting);
    this.#serve();
    return await promise;
  }

  #serve(): void {
    while (this.#free > 0) {
      const next = this.#queue.next(({ flow }) => (this.#running.get(flow) ?? 0) < this.#perClient);
      if (next === undefined) return;
      next.start();
    }
  }

  #count(client: string, change: 1 | -1): void {
    this.#free -= change;
    const running = (this.#running.get(client) ?? 0) + change;
    if (running > 0) this.#running.set(client, running);
    else this.#running.delete(client);
  }
}
