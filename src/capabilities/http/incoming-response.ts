/** wasi:http's `future-incoming-response` and `incoming-response`. */
import { Resource } from '../host/resource.ts';
import { Pollable } from '../io/poll.ts';
import { err, ok, type Result } from '../host/result.ts';
import type { Exchange } from './egress.ts';
import { Fields } from './fields.ts';
import type { HttpError } from './http-error.ts';
import { IncomingBody, type Incoming } from './incoming-body.ts';

export class FutureIncomingResponse extends Resource {
  readonly #incoming: Incoming;
  #taken = false;

  constructor(incoming: Incoming) {
    super(incoming.host);
    this.#incoming = incoming;
  }

  subscribe(): Pollable {
    return new Pollable(this.host, { ready: () => this.#isReady() });
  }

  /** Undefined until it arrives; then the response or error once, and an error afterwards. */
  get(): Result<Result<IncomingResponse, HttpError>, undefined> | undefined {
    if (!this.#isReady()) return undefined;
    if (this.#taken) return err(undefined);
    this.#taken = true;
    const { response, error } = this.#incoming.exchange;
    if (response !== undefined) return ok(ok(new IncomingResponse(this.#incoming, response)));
    return ok(err(error ?? { tag: 'connection-terminated' }));
  }

  protected override onDrop(): void {
    if (!this.#taken) this.#incoming.egress.abort(this.#incoming.exchange);
  }

  #isReady(): boolean {
    const { egress, exchange } = this.#incoming;
    egress.update();
    return exchange.response !== undefined || exchange.error !== undefined;
  }
}

export class IncomingResponse extends Resource {
  readonly #incoming: Incoming;
  readonly #response: NonNullable<Exchange['response']>;
  #bodyTaken = false;

  constructor(incoming: Incoming, response: NonNullable<Exchange['response']>) {
    super(incoming.host);
    this.#incoming = incoming;
    this.#response = response;
  }

  status(): number {
    return this.#response.status;
  }

  headers(): Fields {
    return new Fields(this.host, this.#response.headers, true);
  }

  consume(): Result<IncomingBody, undefined> {
    if (this.#bodyTaken) return err(undefined);
    this.#bodyTaken = true;
    return ok(new IncomingBody(this.#incoming));
  }

  protected override onDrop(): void {
    if (!this.#bodyTaken) this.#incoming.egress.abort(this.#incoming.exchange);
  }
}
