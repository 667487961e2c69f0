/**
 * The body of one outgoing request, framed by the host: what a component writes can never be parsed as a second
 * request, whatever the method and the headers are.
 *
 * A `Content-Length` of the component is kept and enforced; without one a body is sent in chunks. Node itself sends a
 * body of GET, HEAD, DELETE or OPTIONS without either.
 */
import type { ClientRequest } from 'node:http';
import { isConnectionHeader } from './connection-headers.ts';
import type { Header } from './egress-protocol.ts';
import { HttpFailure } from './http-error.ts';

const CONTENT_LENGTH = 'content-length';

export class FramedRequest {
  readonly #request: ClientRequest;
  /** Announced bytes that have not been written; undefined without a `Content-Length`. */
  #left: number | undefined;

  /**
   * @param request a request whose headers are not sent yet and do not frame its body
   * @param length the length that the component announces
   */
  constructor(request: ClientRequest, length: number | undefined) {
    this.#request = request;
    this.#left = length;
    if (length !== undefined) request.setHeader('Content-Length', length);
  }

  /** @throws HttpFailure for more bytes than announced */
  write(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    if (this.#left !== undefined) {
      this.#left -= bytes.byteLength;
      if (this.#left < 0) this.#refuse();
    } else if (!this.#request.headersSent) {
      this.#request.setHeader('Transfer-Encoding', 'chunked');
    }
    this.#request.write(bytes);
  }

  /** @throws HttpFailure for fewer bytes than announced */
  end(): void {
    if (this.#left !== undefined && this.#left > 0) this.#refuse();
    this.#request.end();
  }

  destroy(): void {
    this.#request.destroy();
  }

  #refuse(): never {
    this.#request.destroy();
    throw new HttpFailure({ tag: 'HTTP-request-body-size', val: undefined });
  }
}

/** @throws HttpFailure for a `Content-Length` that is not a single number */
export function announcedLength(headers: readonly Header[]): number | undefined {
  const lengths = headers.filter(([name]) => name.toLowerCase() === CONTENT_LENGTH);
  const [first] = lengths;
  if (first === undefined) return undefined;
  const text = Buffer.from(first[1]).toString('latin1');
  if (lengths.length > 1 || !/^\d{1,15}$/.test(text)) throw new HttpFailure({ tag: 'HTTP-protocol-error' });
  return Number(text);
}

/** A component's headers without those of the connection, which may be among them in a copy of a response's headers. */
export function ownHeaders(headers: readonly Header[]): Header[] {
  return headers
    .map(([name, value]): Header => [name.toLowerCase(), value])
    .filter(([name]) => name !== CONTENT_LENGTH && !isConnectionHeader(name));
}
