import type { IncomingMessage } from 'node:http';

/** A longer chunk goes on as it is. */
const SMALL_BYTES = 4 * 1024;
/** As many small chunks are enough of one read of the socket. */
const MAX_AT_ONCE = 1_024;
/** Chunks of fewer bytes than their frames take, and how many of them one body may have. */
const TINY_BYTES = 8;
export const MAX_TINY_CHUNKS = 16_384;

/** `code` of the error of a connection whose body has more than {@link MAX_TINY_CHUNKS}. */
export const TINY_CHUNKS = 'ERR_TINY_CHUNKS';

/**
 * Joins the small chunks of a body that arrive together, and refuses a body of tiny ones.
 *
 * A client may send chunks of one byte. Each would be an object of some hundred bytes and work for the reader of the
 * body, so that 36 MB on the wire took 2.7 GB of memory and half a minute of the main thread.
 */
export function joinSmallChunks(request: IncomingMessage): void {
  if (Object.hasOwn(request, 'push')) return;
  const small: Buffer[] = [];
  let bytes = 0;
  let tiny = 0;
  const push = request.push.bind(request);
  const flush = (): void => {
    const [first] = small;
    if (first === undefined) return;
    const joined = small.length === 1 ? first : Buffer.concat(small, bytes);
    small.length = 0;
    bytes = 0;
    push(joined);
  };
  request.push = (chunk: Buffer | null): boolean => {
    if (tiny > MAX_TINY_CHUNKS) return false;
    if (chunk === null || chunk.length >= SMALL_BYTES) {
      flush();
      return push(chunk);
    }
    if (chunk.length < TINY_BYTES && ++tiny > MAX_TINY_CHUNKS) {
      // As if the parser had refused it: Node hands it to the server's listener for such errors.
      request.socket.emit('error', Object.assign(new Error('too many tiny chunks'), { code: TINY_CHUNKS }));
      return false;
    }
    small.push(chunk);
    bytes += chunk.length;
    // After what was read of the socket is parsed; microtasks run between two chunks of it.
    if (small.length === 1) setImmediate(flush);
    return small.length < MAX_AT_ONCE && request.readableLength + bytes < request.readableHighWaterMark;
  };
}
