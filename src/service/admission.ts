/**
 * How many requests of one model may be here at a time, and how many bytes of all models'; over that a client is
 * told so at once, before its body is read where the transport asks first.
 *
 * Fair between clients: where all places are taken, a client that has fewer requests here takes the place of the
 * last one that waits of the client that has the most. So none can keep the others out by its crowd, and a client
 * that is alone may have every place.
 */
import { monotonicMs } from '../async/clock.ts';
import { SandpiperError } from '../errors.ts';
import type { RequestScope } from './request-scope.ts';

/** What a new request counts for in the mean, so that the estimate follows a change of load. */
const NEWEST_SHARE = 0.1;
const LONGEST_RETRY_SECONDS = 600;

/** Of all models of a service together. */
export class Backlog {
  /** Of the files of all requests that wait or run. */
  bytes = 0;
  readonly mostBytes: number;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }
}

export interface AdmissionOptions {
  model: string;
  /** Requests that run at a time. */
  places: number;
  /** Requests that wait beside them. */
  queueLength: number;
  backlog: Backlog;
}

/** What is known of a request before it is let in. */
export interface Newcomer {
  client: string;
  bytes: number;
}

export class Admission {
  readonly #options: AdmissionOptions;
  /** With the bytes of their files; the first that came is the first. */
  readonly #present = new Map<RequestScope, number>();
  /** Of a request from its first turn to its end; 0 before any ended. */
  #meanMs = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get present(): number {
    return this.#present.size;
  }

  /** Why a request would not be let in now, as an `over-capacity`; undefined: it would. */
  refusalOf({ client, bytes }: Newcomer): SandpiperError | undefined {
    const { backlog, places, queueLength } = this.#options;
    if (backlog.bytes > 0 && backlog.bytes + bytes > backlog.mostBytes) {
      return this.#refusal(
        `The files of the requests that wait or run would come to more than the ${backlog.mostBytes} bytes of waitingBytes`,
      );
    }
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
    this.#present.set(scope, bytes);
    this.#options.backlog.bytes += bytes;
    return { [Symbol.dispose]: () => this.#leave(scope) };
  }

  #leave(scope: RequestScope): void {
    const bytes = this.#present.get(scope);
    if (bytes === undefined) return;
    this.#present.delete(scope);
    this.#options.backlog.bytes -= bytes;
    if (scope.begunAt === undefined) return;
    const ms = monotonicMs() - scope.begunAt;
    this.#meanMs = this.#meanMs === 0 ? ms : this.#meanMs + NEWEST_SHARE * (ms - this.#meanMs);
  }

  #pushOut(client: string): void {
    const last = this.#lastOfMost(client);
    if (last === undefined) return;
    const refusal = this.#refusal(this.#full());
    this.#leave(last);
    last.abort(refusal);
  }

  /** The newest that still waits of the client with the most requests, if `client` would still have fewer. */
  #lastOfMost(client: string): RequestScope | undefined {
    const counts = new Map<string, number>();
    for (const scope of this.#present.keys()) counts.set(scope.client, (counts.get(scope.client) ?? 0) + 1);
    const own = counts.get(client) ?? 0;
    const waiting = [...this.#present.keys()].filter(({ begunAt }) => begunAt === undefined);
    const most = Math.max(0, ...waiting.map((scope) => counts.get(scope.client) ?? 0));
    if (most <= own + 1) return undefined;
    return waiting.findLast((scope) => counts.get(scope.client) === most);
  }

  #full(): string {
    return `Model ${this.#options.model} has ${this.#present.size} requests waiting or running, as many as queueLength allows`;
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
