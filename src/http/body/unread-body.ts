import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';

/** For how long, and how far, a body that nobody wants is still read after the answer. */
const lingerMs = 2_000;
const lingerBytes = 64 * 1024 * 1024;
const lookEveryMs = 25;

/**
 * Gives a client that is still sending time to see its answer. Closing at once would make the kernel reset
 * the connection, and many clients then lose the answer that says why; reading on without end would let one
 * client keep a connection busy for ever. So the rest of the body is read and dropped for a while, and then
 * the connection goes.
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
  // Node drops what is unread without an event for it, so the count is looked at and not listened to.
  const timer = setInterval(() => {
    const over = performance.now() > lastMs || socket.bytesRead > lastByte;
    if (over && !request.complete) socket.destroy();
    if (over || request.complete || socket.destroyed) clearInterval(timer);
  }, lookEveryMs);
}

/**
 * Calls back once no more of a request's body will come: all of it was read or dropped, or its connection is
 * gone. For a request whose answer is out: {@link boundUnreadBody} bounds how long that takes.
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
