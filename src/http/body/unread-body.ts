import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { SandpiperError } from '../../errors.ts';
import { contextOf } from '../exchange/request-context.ts';

/** How long, and how many bytes, an unwanted body is still read after the answer. */
const lingerMs = 2_000;
const lingerBytes = 64 * 1024 * 1024;
const lookEveryMs = 25;

export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Answers a request whose body is incomplete: cancels its work and drops the rest of the body ({@link boundUnreadBody}). */
export function refuseUpload(response: Response, next: NextFunction, error: SandpiperError): void {
  contextOf(response).giveUp();
  if (!response.headersSent) next(error);
}

/**
 * Gives a client that is still sending time to read its answer. Closing at once would make the kernel reset the
 * connection, and many clients would lose the answer; reading on without end would let a client keep a connection
 * busy for ever. So the rest of the body is read and dropped for a while, and then the connection is closed.
 */
export function boundUnreadBody(request: Request, response: Response, next: NextFunction): void {
  response.once('finish', () => {
    if (!request.complete) linger(request);
  });
  next();
}

function linger(request: Request): void {
  const { socket } = request;
  const lastMs = performance.now() + lingerMs;
  const lastByte = socket.bytesRead + lingerBytes;
  request.resume();
  // Node drops unread bytes without an event, so their count is polled.
  const timer = setInterval(() => {
    const over = performance.now() > lastMs || socket.bytesRead > lastByte;
    if (over && !request.complete) socket.destroy();
    if (over || request.complete || socket.destroyed) clearInterval(timer);
  }, lookEveryMs);
}

/**
 * Calls back once a request's body has been read or dropped, or its connection is closed. The answer must have been
 * sent: {@link boundUnreadBody} then bounds how long that takes.
 */
export function onceReceived(request: IncomingMessage, then: () => void): void {
  const received = (): boolean => request.complete || request.socket.destroyed;
  if (received()) return then();
  const timer = setInterval(() => {
    if (!received()) return;
    clearInterval(timer);
    then();
  }, lookEveryMs);
}
