/**
 * An answer of server-sent events.
 *
 * Guarantees: the status is sent with the first event, or with the first comment if there was no event for
 * `sseKeepAliveMs`; failures before that are answered with a status of their own. A comment is sent after every
 * `sseKeepAliveMs` of silence, and a client that reads nothing for `answerStallMs` is disconnected.
 * Ownership: the sender handles backpressure by {@link EventStream.ready}.
 */
import type { Response } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // Tells nginx not to buffer the events.
  'X-Accel-Buffering': 'no',
};

export class EventStream implements Disposable {
  readonly #response: Response;
  readonly #silence: NodeJS.Timeout;

  constructor(
    response: Response,
    { sseKeepAliveMs, answerStallMs }: Pick<ServiceLimits, 'sseKeepAliveMs' | 'answerStallMs'>,
  ) {
    this.#response = response;
    this.#silence = setInterval(() => {
      if (this.ready) this.#write(':\n\n');
    }, sseKeepAliveMs);
    response.setTimeout(answerStallMs, () => {
      if (!this.ready) response.destroy();
    });
  }

  /** Whether the client has read what was sent. Events sent before that are buffered in memory. */
  get ready(): boolean {
    return !this.#response.writableNeedDrain;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** Sends an object as JSON, or text unchanged. */
  send(data: object | string, event?: 'error'): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.#write(`${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`);
  }

  end(): void {
    this[Symbol.dispose]();
    this.#response.end();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#silence);
  }

  #write(text: string): void {
    if (!this.begun) this.#response.writeHead(200, HEADERS);
    this.#silence.refresh();
    this.#response.write(text);
  }
}
