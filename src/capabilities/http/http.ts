/** wasi:http for outgoing requests, to the hosts that the manifest grants and to no others. */
import { isAddress, matchesHost, parseHostPattern } from '../../config/host-pattern.ts';
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { err, ok, type Result } from '../host/result.ts';
import { IoError } from '../io/stream-error.ts';
import { Egress } from './egress.ts';
import { MESSAGE_BYTES, type EgressRequest, type Header } from './egress-protocol.ts';
import { traceExchange } from './exchange-trace.ts';
import { Fields } from './fields.ts';
import { HttpFailure, type HttpError } from './http-error.ts';
import { FutureTrailers, IncomingBody } from './incoming-body.ts';
import { FutureIncomingResponse, IncomingResponse } from './incoming-response.ts';
import { OutgoingBody, type CountSent } from './outgoing-body.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { RequestOptions } from './request-options.ts';

const NS_PER_MS = 1e6;

/** The egress of this guest thread, which serves one instance at a time. */
let egress: Egress | undefined;

export function makeHttp(host: WasiHost): WasiPart {
  const patterns = (host.granted.http ?? []).flatMap((pattern) => parseHostPattern(pattern) ?? []);
  let left = host.limits.httpBytes;
  const countSent = (bytes: number): boolean => (left -= bytes + MESSAGE_BYTES) >= 0;
  let used: Egress | undefined;

  /** @throws HttpFailure */
  function send(request: OutgoingRequest, options: RequestOptions | undefined): FutureIncomingResponse {
    const { method, origin, path, fields, pipe } = OutgoingRequest.take(request);
    const pattern = patterns.find((each) => matchesHost(each, origin));
    if (pattern === undefined) throw new HttpFailure({ tag: 'HTTP-request-denied' });
    if (!countSent(path.length + fields.bytes)) throw new HttpFailure({ tag: 'connection-limit-reached' });
    if (used === undefined) {
      used = egress ??= new Egress(host.sleeper.shared);
      used.reset(host.limits.httpBytes);
    }
    const wanted: EgressRequest = {
      method,
      origin,
      privateAllowed: isAddress(origin.host) || origin.host === 'localhost',
      path,
      headers: fields.entries(),
      connectMs: milliseconds(options?.connectTimeout()),
      firstByteMs: milliseconds(options?.firstByteTimeout()),
      betweenBytesMs: milliseconds(options?.betweenBytesTimeout()),
    };
    const traced = traceExchange(wanted, host);
    const exchange = used.open(traced.request, traced.onEnd);
    if (exchange === undefined) throw new HttpFailure({ tag: 'connection-limit-reached' });
    pipe.connect(used, exchange);
    return new FutureIncomingResponse({ host, egress: used, exchange });
  }

  function handle(
    request: OutgoingRequest,
    options: RequestOptions | undefined,
  ): Result<FutureIncomingResponse, HttpError> {
    try {
      return ok(send(request, options));
    } catch (failure) {
      if (failure instanceof HttpFailure) return err(failure.error);
      throw failure;
    } finally {
      options?.[Symbol.dispose]();
    }
  }

  return {
    imports: { 'wasi:http/outgoing-handler': { handle }, 'wasi:http/types': typesOf(host, countSent) },
    end() {
      // Aborts what the instance left open.
      used?.reset(0);
    },
  };
}

function typesOf(host: WasiHost, countSent: CountSent): Record<string, unknown> {
  return {
    Fields: constructible(Fields, () => new Fields(host), {
      fromList: (entries: Header[]) => Fields.fromList(host, entries),
    }),
    OutgoingRequest: constructible(
      OutgoingRequest,
      (headers) => new OutgoingRequest(host, headers, countSent),
    ),
    RequestOptions: constructible(RequestOptions, () => new RequestOptions(host)),
    OutgoingBody,
    FutureIncomingResponse,
    IncomingResponse,
    IncomingBody,
    FutureTrailers,
    // Resources of servers never exist here.
    IncomingRequest: NeverMade,
    OutgoingResponse: NeverMade,
    ResponseOutparam: NeverMade,
    httpErrorCode: (error: IoError) => {
      const detail = IoError.detailOf(error);
      return typeof detail === 'object' ? detail : undefined;
    },
  };
}

/**
 * A class for the generated glue: `new` makes an object of this instance, and `instanceof` recognises any object of
 * the class.
 */
function constructible<Made extends object>(
  { prototype }: { prototype: Made },
  make: (headers: Fields) => Made,
  statics: Record<string, unknown> = {},
): unknown {
  function Construct(headers: Fields): Made {
    return make(headers);
  }
  Construct.prototype = prototype;
  return Object.assign(Construct, statics);
}

function NeverMade(): never {
  throw new Error('The component made a resource that a server answers with; it is none.');
}

function milliseconds(ns: bigint | undefined): number | undefined {
  return ns === undefined ? undefined : Number(ns) / NS_PER_MS;
}
