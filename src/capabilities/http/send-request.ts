/** One outgoing HTTP request, on the egress thread. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { MAX_TIMER_MS } from '../../async/clock.ts';
import type { EgressRequest, Header } from './egress-protocol.ts';
import { FramedRequest, announcedLength, ownHeaders } from './framed-request.ts';
import { HttpFailure, toHttpError, type HttpError } from './http-error.ts';
import { isPublicAddress } from './public-address.ts';
import { resolveHost, type Resolve } from './resolve-host.ts';

export interface ResponseSink {
  response(status: number, headers: Header[]): void;
  /** @throws HttpFailure beyond the limit */
  bytes(bytes: Uint8Array): void;
  end(): void;
  /** The last event of a failed request. */
  error(error: HttpError): void;
}

/**
 * No connection is kept or shared, no redirect followed, no proxy used, nothing decompressed.
 *
 * The addresses of a name are checked when they are resolved, and the connection is made to a checked address: a name
 * that resolves differently a second time (DNS rebinding) gains nothing.
 *
 * @throws HttpFailure for a length that no body can have
 */
export function sendRequest(
  { method, origin, path, headers, privateAllowed, ...timeouts }: EgressRequest,
  sink: ResponseSink,
  resolve: Resolve = resolveHost,
): FramedRequest {
  const length = announcedLength(headers);
  const send = origin.scheme === 'https' ? httpsRequest : httpRequest;
  const request = send({
    method,
    host: origin.host.replace(/^\[|\]$/g, ''),
    port: origin.port,
    path,
    headers: groupHeaders(ownHeaders(headers)),
    agent: false,
    lookup: lookupOf(resolve, privateAllowed),
  });
  const fail = once((reason: unknown) => {
    sink.error(toHttpError(reason));
    request.destroy();
  });
  const connect = after(timeouts.connectMs, () => fail(new HttpFailure({ tag: 'connection-timeout' })));
  const firstByte = after(timeouts.firstByteMs, () =>
    fail(new HttpFailure({ tag: 'HTTP-response-timeout' })),
  );
  request.on('socket', (socket) => {
    socket.once(origin.scheme === 'https' ? 'secureConnect' : 'connect', () => clearTimeout(connect));
  });
  request.on('response', (response) => {
    clearTimeout(firstByte);
    receive(response, sink, timeouts.betweenBytesMs, fail);
  });
  // Nobody asked for another protocol; unheard, the connection would end without a word.
  request.on('upgrade', (_, socket) => {
    socket.destroy();
    fail(new HttpFailure({ tag: 'HTTP-upgrade-failed' }));
  });
  request.on('error', fail);
  request.on('close', () => [connect, firstByte].forEach((timer) => clearTimeout(timer)));
  return new FramedRequest(request, length);
}

function receive(
  response: IncomingMessage,
  sink: ResponseSink,
  betweenBytesMs: number | undefined,
  fail: (reason: unknown) => void,
): void {
  sink.response(response.statusCode ?? 0, pairs(response.rawHeaders));
  if (betweenBytesMs !== undefined) {
    response.setTimeout(betweenBytesMs, () => fail(new HttpFailure({ tag: 'connection-read-timeout' })));
  }
  response.on('data', (chunk: Buffer) => {
    try {
      sink.bytes(new Uint8Array(chunk));
    } catch (failure) {
      fail(failure);
    }
  });
  response.on('end', () => sink.end());
  response.on('error', fail);
}

/** Pairs of Node's list, which alternates names and values. */
function pairs(rawHeaders: readonly string[]): Header[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0
      ? [[name.toLowerCase(), new Uint8Array(Buffer.from(rawHeaders[index + 1] ?? '', 'latin1'))]]
      : [],
  );
}

function once(action: (reason: unknown) => void): (reason: unknown) => void {
  let done = false;
  return (reason) => {
    if (!done) action(reason);
    done = true;
  };
}

function groupHeaders(headers: readonly Header[]): Record<string, string[]> {
  const texts = headers.map(([name, value]) => ({ name, text: Buffer.from(value).toString('latin1') }));
  const grouped = Map.groupBy(texts, ({ name }) => name);
  return Object.fromEntries([...grouped].map(([name, own]) => [name, own.map(({ text }) => text)]));
}

/** Lookup function for Node, which is not called for IP addresses. */
function lookupOf(resolve: Resolve, privateAllowed: boolean): LookupFunction {
  return (name, { all }, callback) => {
    callbackify(resolve)(name, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const allowed = addresses.filter(({ address }) => privateAllowed || isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) callback(new HttpFailure({ tag: 'destination-IP-prohibited' }), '');
      else if (all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function after(ms: number | undefined, action: () => void): NodeJS.Timeout | undefined {
  return ms === undefined ? undefined : setTimeout(action, Math.min(ms, MAX_TIMER_MS));
}
