/**
 * An answer of server-sent events.
 *
 * Guarantees: the status is sent with the first event, or with the first comment if there was no event for
 * `sseKeepAliveMs`; failures before that are answered with a status of their own. A comment is sent after every
 * `sseKeepAliveMs` of silence, and a client that reads nothing for `answerStallMs` is disconnected.
 * While a client does not read, nothing is sent: what it is owed meanwhile, {@link EventStream.takeUnsent} makes one event of.
 */
import type { Response } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import { contextOf } from './request-context.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // Tells nginx not to buffer the events.
  'X-Accel-Buffering': 'no',
};

export abstract class EventStream implements Disposable {
  readonly #response: Response;
  readonly #silence: NodeJS.Timeout;

  constructor(response: Response, { sseKeepAliveMs, answerStallMs }: ServiceLimits) {
    this.#response = response;
    this.#silence = setInterval(() => {
      if (this.#ready) this.#write(':\n\n');
    }, sseKeepAliveMs);
    response.setTimeout(answerStallMs, () => {
      if (!this.#ready) response.destroy();
    });
    response.on('drain', this.#sendUnsent);
    contextOf(response).failLate = (body) => this.#fail(body);
  }

  /** One event for everything since the last one; undefined if there is nothing new. */
  protected abstract takeUnsent(): object | string | undefined;

  /** To be called whenever there is more to send. */
  protected added(): void {
    if (this.#ready) this.#sendUnsent();
  }

  /** Ends the stream with its last event, which is followed by `[DONE]`. */
  protected finish(last: object | string): void {
    this.#sendUnsent();
    this.#send(last);
    this.#send('[DONE]');
    this.#end();
  }

  /** Ends the stream with an event that has what was not sent yet, too. */
  protected finishAtOnce(last: object): void {
    this.#send(last);
    this.#end();
  }

  /** Ends a stream that has begun with an `error` event, which OpenAI's clients throw. */
  #fail(body: object): void {
    this.#sendUnsent();
    this.#send(body, 'error');
    this.#end();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#silence);
    this.#response.off('drain', this.#sendUnsent);
  }

  /** Whether the client has read what was sent. */
  get #ready(): boolean {
    return !this.#response.writableNeedDrain;
  }

  readonly #sendUnsent = (): void => {
    const unsent = this.takeUnsent();
    if (unsent !== undefined) this.#send(unsent);
  };

  /** Sends an object as JSON, or text unchanged. */
  #send(data: object | string, event?: 'error'): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.#write(`${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`);
  }

  #end(): void {
    this[Symbol.dispose]();
    this.#response.end();
  }

  #write(text: string): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, HEADERS);
    this.#silence.refresh();
    this.#response.write(text);
  }
}
