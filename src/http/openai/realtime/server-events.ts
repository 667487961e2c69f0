/** Events on their way to a client: each with an id of its own, none while the client does not read. */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { ServiceLimits } from '../../../config/limits.ts';

export type SendEvent = (type: string, fields: object) => void;

/** Bytes that may wait for the client to read before nothing more is taken from it or told to it. */
const MOST_UNREAD_BYTES = 64 * 1024;

export class ServerEvents implements Disposable {
  readonly #socket: WebSocket;
  readonly #answerStallMs: number;
  readonly #pings: NodeJS.Timeout;
  #stall: NodeJS.Timeout | undefined;
  #read = Promise.withResolvers<void>();
  #lastPong = performance.now();

  constructor(
    socket: WebSocket,
    { sseKeepAliveMs, answerStallMs }: Pick<ServiceLimits, 'sseKeepAliveMs' | 'answerStallMs'>,
  ) {
    this.#socket = socket;
    this.#answerStallMs = answerStallMs;
    socket.on('pong', () => (this.#lastPong = performance.now()));
    this.#pings = setInterval(() => {
      // A peer that is gone without a word, or that reads nothing, answers none.
      if (performance.now() - this.#lastPong > sseKeepAliveMs + answerStallMs) socket.terminate();
      else if (this.#ready) socket.ping();
    }, sseKeepAliveMs).unref();
  }

  /** Resolves when the client has read what was sent. */
  async ready(): Promise<void> {
    while (!this.#ready && this.#socket.readyState === this.#socket.OPEN) await this.#read.promise;
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
    this.#read.resolve();
  }

  get #ready(): boolean {
    return this.#socket.bufferedAmount < MOST_UNREAD_BYTES;
  }

  #sent(): void {
    if (!this.#ready) return;
    clearTimeout(this.#stall);
    this.#stall = undefined;
    this.#read.resolve();
    this.#read = Promise.withResolvers();
  }
}
