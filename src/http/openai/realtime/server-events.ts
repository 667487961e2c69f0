/** Sends events to a client of a WebSocket, and closes a socket whose client does not read or no longer answers. */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { Condition } from '../../../async/condition.ts';
import type { ServiceLimits } from '../../../config/limits.ts';

export type SendEvent = (type: string, fields: object) => void;

/** Unsent bytes of the socket from which on the session waits for the client to read. */
const MAX_UNREAD_BYTES = 64 * 1024;

export class ServerEvents implements Disposable {
  readonly #socket: WebSocket;
  readonly #answerStallMs: number;
  readonly #pings: NodeJS.Timeout;
  #stall: NodeJS.Timeout | undefined;
  readonly #read = new Condition();
  #lastPong = performance.now();

  constructor(socket: WebSocket, { sseKeepAliveMs, answerStallMs }: ServiceLimits) {
    this.#socket = socket;
    this.#answerStallMs = answerStallMs;
    socket.on('pong', () => (this.#lastPong = performance.now()));
    this.#pings = setInterval(() => {
      // A client that is gone, or that does not read, answers no ping.
      if (performance.now() - this.#lastPong > sseKeepAliveMs + answerStallMs) socket.terminate();
      else if (this.#ready) socket.ping();
    }, sseKeepAliveMs).unref();
  }

  /** Resolves when fewer bytes than that wait for the client. */
  async ready(): Promise<void> {
    while (!this.#ready && this.#socket.readyState === this.#socket.OPEN) await this.#read.wait();
  }

  readonly send: SendEvent = (type, fields) => {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const event_id = `event_${randomUUID().replaceAll('-', '')}`;
    this.#socket.send(JSON.stringify({ type, event_id, ...fields }), () => this.#sent());
    if (!this.#ready) this.#stall ??= setTimeout(() => this.#socket.terminate(), this.#answerStallMs);
  };

  [Symbol.dispose](): void {
    clearInterval(this.#pings);
    clearTimeout(this.#stall);
    this.#read.notify();
  }

  get #ready(): boolean {
    return this.#socket.bufferedAmount < MAX_UNREAD_BYTES;
  }

  #sent(): void {
    if (!this.#ready) return;
    clearTimeout(this.#stall);
    this.#stall = undefined;
    this.#read.notify();
  }
}
