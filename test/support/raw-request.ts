import { connect, type Socket } from 'node:net';

/** One HTTP connection whose every byte a test decides, for what no well-behaved client sends. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  /** Everything received so far. */
  received(): string;
  /** The status code of the first answer, 100 aside; waits for it. */
  status(): Promise<number>;
  /** Waits until the server has ended the connection. */
  closed(): Promise<void>;
}

/** @param localAddress to connect from, such as 127.0.0.2 on Linux; elsewhere only 127.0.0.1 itself is there */
export function openConnection(url: string, localAddress?: string): RawConnection {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), ...(localAddress !== undefined && { localAddress }) });
  let text = '';
  const answered = Promise.withResolvers<number>();
  const closed = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    const status = /HTTP\/1\.1 ([2-5]\d\d) /.exec(text)?.[1];
    if (status !== undefined) answered.resolve(Number(status));
  });
  // A server that ends the connection while a test still sends is a reset, not a failure of the test.
  socket.on('error', () => {});
  socket.on('close', () => {
    closed.resolve();
    answered.reject(new Error(`the connection was closed without an answer: ${text}`));
  });
  answered.promise.catch(() => {});
  return {
    socket,
    received: () => text,
    status: async () => answered.promise,
    closed: async () => closed.promise,
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** Sends chunks of a chunked body for as long as the connection lasts. */
export function sendForEver(socket: Socket, chunkBytes = 64 * 1024): void {
  const chunk = Buffer.concat([
    Buffer.from(`${chunkBytes.toString(16)}\r\n`),
    Buffer.alloc(chunkBytes, 0x61),
    Buffer.from('\r\n'),
  ]);
  const send = (): void => {
    while (!socket.destroyed && socket.writable && socket.write(chunk)) {
      // The kernel takes more.
    }
    if (!socket.destroyed) socket.once('drain', send);
  };
  send();
}
