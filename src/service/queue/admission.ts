/**
 * How many requests of one model may be here at a time, and how many bytes of all models' (backlog.ts); over that a
 * client is told so at once, before its body is read where the transport asks first.
 *
 * Fair between clients: where all places are taken, a client that has fewer requests here takes the place of the
 * last one that waits of the client that has the most. So none can keep the others out by its crowd, and a client
 * that is alone may have every place.
 */
import { monotonicMs } from '../../async/clock.ts';
import { SandpiperError } from '../../errors.ts';
import type { Backlog, Newcomer } from './backlog.ts';
import type { RequestScope } from './request-scope.ts';

/** What a new request counts for in the mean, so that the estimate follows a change of load. */
const NEWEST_SHARE = 0.1;
const LONGEST_RETRY_SECONDS = 600;

export interface AdmissionOptions {
  model: string;
  /** Requests that run at a time. */
  places: number;
  /** Requests that wait beside them. */
  queueLength: number;
  backlog: Backlog;
}

export class Admission {
  readonly #options: AdmissionOptions;
  /** The first that came is the first. */
  readonly #present = new Set<RequestScope>();
  /** Of a request from its first turn to its end; 0 before any ended. */
  #meanMs = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get present(): number {
    return this.#present.size;
  }

  /** Of those, the ones that wait for their first turn. */
  get waiting(): number {
    return [...this.#present].filter(({ begunAt }) => begunAt === undefined).length;
  }

  /** Why a request would not be let in now, as an `over-capacity`; undefined: it would. */
  refusalOf({ client, bytes }: Newcomer): SandpiperError | undefined {
    const { backlog, places, queueLength } = this.#options;
    if (!backlog.hasRoom({ client, bytes })) return this.#refusal(this.#tooManyBytes());
    if (this.#present.size >= places + queueLength && this.#lastOfMost(client) === undefined) {
      return this.#refusal(this.#full());
    }
    return undefined;
  }

  /**
   * Takes a place; disposing of it gives it back.
   * @throws SandpiperError `over-capacity`
   */
  enter(scope: RequestScope, bytes: number): Disposable {
    const refusal = this.refusalOf({ client: scope.client, bytes });
    if (refusal !== undefined) throw refusal;
    const { places, queueLength } = this.#options;
    if (this.#present.size >= places + queueLength) this.#pushOut(scope.client);
    this.#present.add(scope);
    const pushOut = (reason: SandpiperError): void => this.#giveUp(scope, reason);
    this.#options.backlog.enter(scope, { bytes, pushOut }, () => this.#refusal(this.#tooManyBytes()));
    return { [Symbol.dispose]: () => this.#leave(scope) };
  }

  #leave(scope: RequestScope): void {
    if (!this.#present.delete(scope)) return;
    this.#options.backlog.leave(scope);
    if (scope.begunAt === undefined) return;
    const ms = monotonicMs() - scope.begunAt;
    this.#meanMs = this.#meanMs === 0 ? ms : this.#meanMs + NEWEST_SHARE * (ms - this.#meanMs);
  }

  #pushOut(client: string): void {
    const last = this.#lastOfMost(client);
    if (last !== undefined) this.#giveUp(last, this.#refusal(this.#full()));
  }

  #giveUp(scope: RequestScope, reason: SandpiperError): void {
    this.#leave(scope);
    scope.abort(reason);
  }

  /** The newest that still waits of the client with the most requests, if `client` would still have fewer. */
  #lastOfMost(client: string): RequestScope | undefined {
    const counts = new Map<string, number>();
    for (const scope of this.#present) counts.set(scope.client, (counts.get(scope.client) ?? 0) + 1);
    const own = counts.get(client) ?? 0;
    const waiting = [...this.#present].filter(({ begunAt }) => begunAt === undefined);
    const most = Math.max(0, ...waiting.map((scope) => counts.get(scope.client) ?? 0));
    if (most <= own + 1) return undefined;
    return waiting.findLast((scope) => counts.get(scope.client) === most);
  }

  #full(): string {
    return `Model ${this.#options.model} has ${this.#present.size} requests waiting or running, as many as queueLength allows`;
  }

  #tooManyBytes(): string {
    return `The files of the requests that wait or run would come to more than the ${this.#options.backlog.mostBytes} bytes of maxQueuedBytes`;
  }

  /** Told to come back when those that are here now will be done. */
  #refusal(why: string): SandpiperError {
    const seconds = Math.ceil((this.#present.size * this.#meanMs) / this.#options.places / 1_000);
    const retryAfterSeconds = Math.min(Math.max(1, seconds), LONGEST_RETRY_SECONDS);
    return new SandpiperError('over-capacity', `${why}: try again in ${retryAfterSeconds} s.`, {
      retryAfterSeconds,
    });
  }
}
