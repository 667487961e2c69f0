import type { Request, Response } from 'express';
import { SandpiperError, inputTooLarge, invalidRequest } from '../../errors.ts';
import { freeBytes } from '../../free-bytes.ts';
import { contextOf } from '../exchange/request-context.ts';

interface BodyOptions<Used> {
  readonly maxBytes: number;
  /** Most bytes of the form around the file. */
  readonly framingBytes?: number;
  /** Processes the body, which counts as being read until then. */
  readonly use: (body: Buffer) => Promise<Used> | Used;
}

/**
 * Reads the whole body of a request, ignoring its Content-Type: clients that send a file often name none, or curl's
 * default one. Bytes are counted as they arrive, and no more than the limit is held.
 *
 * @throws SandpiperError `input-too-large` as soon as that is certain, `invalid-request` for an empty body,
 *   `unsupported-media` for a compressed one, `client-gone` when the client hangs up meanwhile.
 */
export async function readBody<Used>(
  request: Request,
  response: Response,
  { maxBytes, framingBytes = 0, use }: BodyOptions<Used>,
): Promise<Used> {
  beginBody(request, response, maxBytes, framingBytes);
  const options = { maxBytes: maxBytes + framingBytes, tooLarge: () => bodyTooLarge(maxBytes) };
  return readChunks(request, response, async (body, received) =>
    use(joinChunks(await collect(body, { ...options, received }))),
  );
}

/** @throws SandpiperError `invalid-request` for none */
function joinChunks(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  if (first === undefined) {
    throw invalidRequest('The body is empty: send the file, or the JSON that this route takes, as the body.');
  }
  if (chunks.length === 1) return first;
  const body = Buffer.concat(chunks);
  for (const chunk of chunks) freeBytes(chunk);
  return body;
}

/**
 * Lets `read` read the body; if it stops early, the connection is kept for the answer.
 *
 * @throws SandpiperError `client-gone` in place of any error after the client has disconnected
 */
export async function readChunks<Body>(
  request: Request,
  response: Response,
  read: (chunks: AsyncIterable<unknown>, received: (bytes: number) => void) => Promise<Body>,
): Promise<Body> {
  const context = contextOf(response);
  const received = (bytes: number): void => {
    context.received?.(bytes);
    context.signal.throwIfAborted();
  };
  try {
    return await read(request.iterator({ destroyOnReturn: false }), received);
  } catch (error) {
    throw hungUp(request, response) ? clientGone() : error;
  } finally {
    context.readWhole?.();
  }
}

export interface CollectOptions {
  maxBytes: number;
  /** Thrown for the first byte over the limit. */
  tooLarge: () => SandpiperError;
  /** Called with each piece that is kept. */
  received: (bytes: number) => void;
}

/** @throws the result of `tooLarge` */
export async function collect(
  chunks: AsyncIterable<unknown>,
  { maxBytes, tooLarge, received }: CollectOptions,
): Promise<Buffer[]> {
  const collected: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    if (!(chunk instanceof Buffer)) throw new TypeError('A request body comes as bytes.');
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    received(chunk.length);
    collected.push(chunk);
  }
  return collected;
}

/**
 * Must be called before the first byte of a body is read: refuses the body if its headers already rule it out, else sends
 * `100 Continue` to a client that waits for it.
 *
 * @param maxBytes most bytes of the file; `framingBytes` is the most that the form around it may add
 * @throws SandpiperError `input-too-large`, `unsupported-media`
 */
export function beginBody(request: Request, response: Response, maxBytes: number, framingBytes = 0): void {
  if (contentCoding(request) !== 'identity') {
    throw new SandpiperError('unsupported-media', 'Send the body without a Content-Encoding.');
  }
  inviteBody(request, response, maxBytes + framingBytes, () => bodyTooLarge(maxBytes));
}

/** @throws the result of `tooLarge` if the client's Content-Length is over the limit */
export function inviteBody(
  request: Request,
  response: Response,
  maxBytes: number,
  tooLarge: () => SandpiperError,
): void {
  if (Number(request.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  if (request.get('expect') !== undefined) response.writeContinue();
}

/** `identity`, `gzip`, … */
export function contentCoding(request: Request): string {
  return (request.get('content-encoding') ?? 'identity').trim().toLowerCase();
}

export function bodyTooLarge(maxBytes: number): SandpiperError {
  return inputTooLarge(`The file is too large: this service takes at most ${maxBytes} bytes.`);
}

/** Whether a body is incomplete because the client disconnected. */
export function hungUp(request: Request, response: Response): boolean {
  return contextOf(response).signal.aborted || (request.destroyed && !request.complete);
}

export function clientGone(): SandpiperError {
  return new SandpiperError('client-gone', 'The client hung up.');
}
