/**
 * The guest thread's side of outgoing HTTP: exchanges that an egress thread carries out while this one waits.
 *
 * Design: one egress thread for each guest thread that ever makes a request; it is started at the first one
 * and ends with its guest thread. The exchanges of an instance end with the instance.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { monotonicMs } from '../../async/clock.ts';
import { startThread } from '../../start-thread.ts';
import { threadEntry } from '../../package-files.ts';
import type { EgressRequest, EgressThreadData, FromEgress, Header, ToEgress } from './egress-protocol.ts';
import type { ExchangeEnd } from './exchange-trace.ts';
import type { HttpError } from './http-error.ts';

const MAX_EXCHANGES = 16;

/** One request and the part of its response that has arrived. */
export interface Exchange {
  readonly number: number;
  response: { status: number; headers: Header[] } | undefined;
  /** Unread pieces of the body. */
  readonly pieces: Uint8Array[];
  ended: boolean;
  error: HttpError | undefined;
  /** Called once, when the exchange is over. */
  readonly onEnd: (end: ExchangeEnd) => void;
}

export class Egress {
  readonly #port: MessagePort;
  readonly #exchanges = new Map<number, Exchange>();
  #last = 0;

  /** @param cell the cell that the guest thread sleeps on */
  constructor(cell: SharedArrayBuffer) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.unref();
    startThread(threadEntry(import.meta.url, './egress-thread.ts'), {
      workerData: { port: port2, cell } satisfies EgressThreadData,
      transferList: [port2],
      name: 'egress',
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    }).unref();
  }

  /** Aborts all exchanges, for a new instance or at the end of one. */
  reset(receiveBytes: number): void {
    this.update();
    for (const exchange of this.#exchanges.values()) this.#close(exchange, monotonicMs());
    this.#post({ kind: 'reset', receiveBytes });
  }

  /** @returns undefined if too many are in progress */
  open(request: EgressRequest, onEnd: Exchange['onEnd']): Exchange | undefined {
    if (this.#exchanges.size >= MAX_EXCHANGES) return undefined;
    const number = ++this.#last;
    const exchange: Exchange = {
      number,
      response: undefined,
      pieces: [],
      ended: false,
      error: undefined,
      onEnd,
    };
    this.#exchanges.set(number, exchange);
    this.#post({ kind: 'open', exchange: number, request });
    return exchange;
  }

  /** Transfers the bytes. */
  write({ number }: Exchange, bytes: Uint8Array): void {
    this.#post({ kind: 'body', exchange: number, bytes }, [bytes.buffer as ArrayBuffer]);
  }

  finish({ number }: Exchange): void {
    this.#post({ kind: 'finish', exchange: number });
  }

  abort(exchange: Exchange): void {
    if (!this.#exchanges.has(exchange.number)) return;
    this.#close(exchange, monotonicMs());
    exchange.error ??= { tag: 'connection-terminated' };
    this.#post({ kind: 'abort', exchange: exchange.number });
  }

  /** Applies all messages that the egress thread has sent. */
  update(): void {
    for (;;) {
      const message = receiveMessageOnPort(this.#port)?.message as FromEgress | undefined;
      if (message === undefined) return;
      const exchange = this.#exchanges.get(message.exchange);
      if (exchange !== undefined) this.#take(exchange, message);
    }
  }

  #take(exchange: Exchange, message: FromEgress): void {
    switch (message.kind) {
      case 'response':
        exchange.response = { status: message.status, headers: message.headers };
        return;
      case 'bytes':
        exchange.pieces.push(message.bytes);
        return;
      case 'end':
        exchange.ended = true;
        break;
      case 'error':
        exchange.error = message.error;
    }
    this.#close(exchange, message.at);
  }

  #close(exchange: Exchange, at: number): void {
    this.#exchanges.delete(exchange.number);
    const { response, error } = exchange;
    exchange.onEnd({ at, status: response?.status, error: error?.tag });
  }

  #post(message: ToEgress, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
