/** wasi:http's `incoming-body`, and the trailers that it never has. */
import { Resource } from '../host/resource.ts';
import { InputStream, type ByteSource } from '../io/input-stream.ts';
import { Pollable } from '../io/poll.ts';
import { err, ok, type Result } from '../host/result.ts';
import { StreamFailure } from '../io/stream-error.ts';
import type { WasiHost } from '../wasi-host.ts';
import type { Egress, Exchange } from './egress.ts';
import type { HttpError } from './http-error.ts';

/** State that the parts of one response share. */
export interface Incoming {
  host: WasiHost;
  egress: Egress;
  exchange: Exchange;
}

export class IncomingBody extends Resource {
  readonly #incoming: Incoming;
  #streamTaken = false;

  constructor(incoming: Incoming) {
    super(incoming.host);
    this.#incoming = incoming;
  }

  stream(): Result<InputStream, undefined> {
    if (this.#streamTaken) return err(undefined);
    this.#streamTaken = true;
    return ok(new InputStream(this.host, bodySource(this.#incoming)));
  }

  static finish(body: IncomingBody): FutureTrailers {
    body[Symbol.dispose]();
    return new FutureTrailers(body.host);
  }

  protected override onDrop(): void {
    this.#incoming.egress.abort(this.#incoming.exchange);
  }
}

/** Always ready and empty. */
export class FutureTrailers extends Resource {
  #taken = false;

  subscribe(): Pollable {
    return new Pollable(this.host, { ready: () => true });
  }

  get(): Result<Result<undefined, HttpError>, undefined> {
    if (this.#taken) return err(undefined);
    this.#taken = true;
    return ok(ok());
  }
}

function bodySource({ egress, exchange }: Incoming): ByteSource {
  const { pieces } = exchange;
  return {
    ready() {
      egress.update();
      return pieces.length > 0 || exchange.ended || exchange.error !== undefined;
    },
    read(max) {
      egress.update();
      const [first] = pieces;
      if (first === undefined) {
        if (exchange.error !== undefined) throw new StreamFailure(exchange.error.tag, exchange.error);
        return exchange.ended ? undefined : new Uint8Array();
      }
      if (first.byteLength <= max) pieces.shift();
      else pieces[0] = first.subarray(max);
      return first.subarray(0, max);
    },
  };
}
