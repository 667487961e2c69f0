/**
 * Bounds the requests of one model that wait or run, and with queued-bytes.ts the bytes of all models' requests. A request over
 * a bound is refused at once, before its body is read if the transport asks first.
 *
 * Fair between clients: when the queue is full, a request of a client with fewer requests evicts the newest waiting one
 * of the client with the most. So no client can lock out others, and a single client may fill the whole queue.
 */
import { monotonicMs } from '../../async/clock.ts';
import { SandpiperError } from '../../errors.ts';
import { newestOfLargest, type QueuedBytes, type Newcomer } from './queued-bytes.ts';
import type { RequestScope } from './request-scope.ts';

/** Weight of the newest request in the moving mean. */
const NEWEST_SHARE = 0.1;
const MAX_RETRY_SECONDS = 600;

export interface AdmissionOptions {
  model: string;
  /** Most requests that run at a time. */
  runSlots: number;
  queueLength: number;
  queuedBytes: QueuedBytes;
}

export class Admission {
  readonly #options: AdmissionOptions;
  /** Admitted requests in the order of arrival. */
  readonly #present = new Set<RequestScope>();
  /** Moving mean of the time from a request's first slot to its end; 0 before any has ended. */
  #meanMs = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get present(): number {
    return this.#present.size;
  }

  /** Number of admitted requests that wait for their first slot. */
  get waiting(): number {
    return this.#waiting.length;
  }

  get #waiting(): RequestScope[] {
    return [...this.#present].filter(({ begunAt }) => begunAt === undefined);
  }

  /** The `over-capacity` error that a new request would get; undefined if it would be admitted. */
  refusalOf({ client, bytes }: Newcomer): SandpiperError | undefined {
    const { queuedBytes, runSlots, queueLength } = this.#options;
    if (!queuedBytes.hasRoom({ client, bytes })) return this.#refusal(this.#tooManyBytes());
    if (this.#present.size >= runSlots + queueLength && this.#evictionCandidate(client) === undefined) {
      return this.#refusal(this.#full());
    }
    return undefined;
  }

  /** Admits a request until the result is disposed of. @throws SandpiperError `over-capacity` */
  enter(scope: RequestScope, bytes: number): Disposable {
    const refusal = this.refusalOf({ client: scope.client, bytes });
    if (refusal !== undefined) throw refusal;
    const { runSlots, queueLength } = this.#options;
    if (this.#present.size >= runSlots + queueLength) this.#evict(scope.client);
    this.#present.add(scope);
    const evict = (reason: SandpiperError): void => this.#cancel(scope, reason);
    this.#options.queuedBytes.enter(scope, { bytes, evict }, () => this.#refusal(this.#tooManyBytes()));
    return { [Symbol.dispose]: () => this.#leave(scope) };
  }

  #leave(scope: RequestScope): void {
    if (!this.#present.delete(scope)) return;
    this.#options.queuedBytes.leave(scope);
    if (scope.begunAt === undefined) return;
    const ms = monotonicMs() - scope.begunAt;
    this.#meanMs = this.#meanMs === 0 ? ms : this.#meanMs + NEWEST_SHARE * (ms - this.#meanMs);
  }

  #evict(client: string): void {
    const last = this.#evictionCandidate(client);
    if (last !== undefined) this.#cancel(last, this.#refusal(this.#full()));
  }

  #cancel(scope: RequestScope, reason: SandpiperError): void {
    this.#leave(scope);
    scope.abort(reason);
  }

  /** The newest waiting request of the client with the most requests, if `client` would still have fewer. */
  #evictionCandidate(client: string): RequestScope | undefined {
    const counts = new Map<string, number>();
    for (const scope of this.#present) counts.set(scope.client, (counts.get(scope.client) ?? 0) + 1);
    const own = counts.get(client) ?? 0;
    return newestOfLargest(this.#waiting, counts, own + 1);
  }

  #full(): string {
    return `Model ${this.#options.model} has ${this.#present.size} requests waiting or running, as many as queueLength allows`;
  }

  #tooManyBytes(): string {
    return `The files of the requests that wait or run would come to more than the ${this.#options.queuedBytes.mostBytes} bytes of maxQueuedBytes`;
  }

  /** With an estimate of when the admitted requests will be done, to retry after. */
  #refusal(why: string): SandpiperError {
    const seconds = Math.ceil((this.#present.size * this.#meanMs) / this.#options.runSlots / 1_000);
    const retryAfterSeconds = Math.min(Math.max(1, seconds), MAX_RETRY_SECONDS);
    return new SandpiperError('over-capacity', `${why}: try again in ${retryAfterSeconds} s.`, {
      retryAfterSeconds,
    });
  }
}
