import type { Request, Response } from 'express';
import { SandpiperError } from '../errors.ts';
import { contextOf } from './request-context.ts';

/**
 * The whole body of a request, whatever its Content-Type says: clients that send a file often name no type,
 * or curl's default one. Counted while it comes and never held beyond the limit.
 *
 * @throws SandpiperError `input-too-large` as soon as that is certain, `invalid-request` for an empty body,
 *   `unsupported-media` for a compressed one, `client-gone` when the client hangs up meanwhile.
 */
export async function readBody(
  request: Request,
  response: Response,
  maxBytes: number,
  framingBytes = 0,
): Promise<Buffer> {
  beginBody(request, response, maxBytes, framingBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Leaving the loop early must not destroy the connection: the client is still owed its answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Buffer)) throw new TypeError('A request body comes as bytes.');
      size += chunk.length;
      if (size > maxBytes + framingBytes) throw bodyTooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw hungUp(request, response) ? clientGone() : error;
  }
  const [first] = chunks;
  if (first === undefined) {
    throw new SandpiperError(
      'invalid-request',
      'The body is empty: send the file as the body of the request.',
    );
  }
  return chunks.length === 1 ? first : Buffer.concat(chunks, size);
}

/**
 * To be called before the first byte of a body is read: refuses what its headers already rule out, and then
 * asks a client that waits for `100 Continue` to go on.
 *
 * @param maxBytes of the file; `framingBytes` is what the form around it may add.
 * @throws SandpiperError `input-too-large`, `unsupported-media`
 */
export function beginBody(request: Request, response: Response, maxBytes: number, framingBytes = 0): void {
  if (Number(request.get('content-length') ?? 0) > maxBytes + framingBytes) throw bodyTooLarge(maxBytes);
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new SandpiperError('unsupported-media', 'Send the body without a Content-Encoding.');
  }
  if (request.get('expect') !== undefined) response.writeContinue();
}

export function bodyTooLarge(maxBytes: number): SandpiperError {
  return new SandpiperError(
    'input-too-large',
    `The file is too large: this service takes at most ${maxBytes} bytes.`,
  );
}

/** Whether a body failed to arrive because the client went away. */
export function hungUp(request: Request, response: Response): boolean {
  return contextOf(response).signal.aborted || (request.destroyed && !request.complete);
}

export function clientGone(): SandpiperError {
  return new SandpiperError('client-gone', 'The client hung up.');
}
