/** wasi:http's `outgoing-body`: writes go to the exchange, or are kept until it is opened. */
import { Resource } from '../host/resource.ts';
import { OutputStream } from '../io/output-stream.ts';
import { err, ok, type Result } from '../host/result.ts';
import { StreamFailure } from '../io/stream-error.ts';
import type { StreamHost } from '../host/sleeper.ts';
import type { Fields } from './fields.ts';
import type { Egress, Exchange } from './egress.ts';
import type { HttpError } from './http-error.ts';

/** Counts bytes that an instance sends against `httpBytes`. @returns false if it is used up */
export type CountSent = (bytes: number) => boolean;

/** A request's body between the component, which writes it, and the exchange, which sends it. */
export class BodyPipe {
  readonly #countSent: CountSent;
  #waiting: Uint8Array[] = [];
  #target: { egress: Egress; exchange: Exchange } | undefined;
  #state: 'open' | 'finished' | 'broken' = 'open';

  constructor(countSent: CountSent) {
    this.#countSent = countSent;
  }

  write(bytes: Uint8Array): void {
    if (!this.#countSent(bytes.byteLength)) {
      this.break();
      const error: HttpError = { tag: 'HTTP-request-body-size', val: undefined };
      throw new StreamFailure('The request body is over the limit httpBytes.', error);
    }
    // The buffer is transferred, and `bytes` may be a view of a larger one.
    const own = bytes.slice();
    if (this.#target === undefined) this.#waiting.push(own);
    else this.#target.egress.write(this.#target.exchange, own);
  }

  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'finished';
    this.#target?.egress.finish(this.#target.exchange);
  }

  /** Aborts the request, since its body will never be complete. */
  break(): void {
    if (this.#state !== 'open') return;
    this.#state = 'broken';
    this.#target?.egress.abort(this.#target.exchange);
  }

  connect(egress: Egress, exchange: Exchange): void {
    this.#target = { egress, exchange };
    for (const bytes of this.#waiting) egress.write(exchange, bytes);
    this.#waiting = [];
    if (this.#state === 'finished') egress.finish(exchange);
    if (this.#state === 'broken') egress.abort(exchange);
  }
}

export class OutgoingBody extends Resource {
  readonly #pipe: BodyPipe;
  #streamTaken = false;

  constructor(host: StreamHost, pipe: BodyPipe) {
    super(host);
    this.#pipe = pipe;
  }

  write(): Result<OutputStream, undefined> {
    if (this.#streamTaken) return err(undefined);
    this.#streamTaken = true;
    return ok(new OutputStream(this.host, { write: (bytes) => this.#pipe.write(bytes) }));
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): Result<undefined, HttpError> {
    if (trailers === undefined) body.#pipe.finish();
    // A body that is dropped unfinished ends its request.
    body[Symbol.dispose]();
    trailers?.[Symbol.dispose]();
    if (trailers !== undefined) return err({ tag: 'internal-error', val: 'trailers are not supported' });
    return ok();
  }

  protected override onDrop(): void {
    this.#pipe.break();
  }
}
