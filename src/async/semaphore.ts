/**
 * Runs at most so many jobs at a time, fair between clients.
 *
 * Guarantees: a permit is given once and taken back once. Clients take turns in a round, however many jobs each has,
 * and hold at most `perClient` permits each. A caller that gives up while it waits leaves at once, and its job never
 * starts; one whose job runs is let go at once, while the permit stays taken until the job has really ended.
 * Ownership: the thread that made it.
 */
import { FairLine, type InLine } from './fair-line.ts';
import { abortError, onAbort } from './on-abort.ts';

export interface Waiter {
  signal?: AbortSignal | undefined;
  /** Whose job it is. */
  client?: string | undefined;
}

interface Waiting extends InLine {
  readonly start: () => void;
}

export class Semaphore {
  readonly #line = new FairLine<Waiting>();
  readonly #running = new Map<string, number>();
  readonly #perClient: number;
  #free: number;

  constructor(permits: number, perClient = permits) {
    this.#free = permits;
    this.#perClient = perClient;
  }

  /**
   * The outcome of `job`.
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
      this.#line.remove(waiting);
      if (signal !== undefined) reject(abortError(signal));
    });
    this.#line.add(waiting);
    this.#serve();
    return await promise;
  }

  #serve(): void {
    while (this.#free > 0) {
      const next = this.#line.next(({ flow }) => (this.#running.get(flow) ?? 0) < this.#perClient);
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
