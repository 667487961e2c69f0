/**
 * An answer of server-sent events.
 *
 * Guarantees: the status is sent with the first event, or with the first comment when there was none for
 * `sseKeepAliveMs`; what fails before that is answered with a status of its own. A client hears something every
 * `sseKeepAliveMs` for as long as it reads, and one that takes nothing for `answerStallMs` is hung up on.
 * Ownership: whoever sends decides what a client that reads slowly costs: see {@link EventStream.ready}.
 */
import type { Response } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // Understood by nginx, which would otherwise collect the events.
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

  /** Whether the client has taken what was sent. What is sent nevertheless is kept in memory. */
  get ready(): boolean {
    return !this.#response.writableNeedDrain;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** Sends an object as JSON, or a text as it is. */
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
