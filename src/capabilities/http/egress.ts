/**
 * The guest thread's end of outgoing HTTP: exchanges that an egress thread carries out while this one waits.
 *
 * Design: one egress thread for each guest thread that ever makes a request; it is started at the first one
 * and ends with its guest thread. The exchanges of an instance end with the instance.
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { monotonicMs } from '../../async/clock.ts';
import { THREAD_LIMITS } from '../../config/thread-limits.ts';
import { threadEntry } from '../../package-files.ts';
import type { EgressRequest, EgressThreadData, FromEgress, Header, ToEgress } from './egress-protocol.ts';
import type { ExchangeEnd } from './exchange-trace.ts';
import type { HttpError } from './http-error.ts';

/** Exchanges of one instance under way at one moment. */
const MAX_EXCHANGES = 16;

/** One request and its response, as far as they have come. */
export interface Exchange {
  readonly number: number;
  response: { status: number; headers: Header[] } | undefined;
  /** Pieces of the body that have not been read. */
  readonly pieces: Uint8Array[];
  ended: boolean;
  error: HttpError | undefined;
  /** To be told once, when it is over. */
  readonly onEnd: (end: ExchangeEnd) => void;
}

export class Egress {
  readonly #port: MessagePort;
  readonly #exchanges = new Map<number, Exchange>();
  #last = 0;

  /** @param cell of the guest thread: what it sleeps on */
  constructor(cell: SharedArrayBuffer) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.unref();
    new Worker(threadEntry(import.meta.url, './egress-thread.ts'), {
      workerData: { port: port2, cell } satisfies EgressThreadData,
      transferList: [port2],
      name: 'egress',
      env: {},
      execArgv: [],
      argv: [],
      resourceLimits: { ...THREAD_LIMITS, maxOldGenerationSizeMb: 64 },
    }).unref();
  }

  /** A new instance, or none: nothing of the last one goes on. */
  reset(receiveBytes: number): void {
    this.update();
    for (const exchange of this.#exchanges.values()) this.#close(exchange, monotonicMs());
    this.#post({ kind: 'reset', receiveBytes });
  }

  /** @returns undefined when too many are under way */
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

  /** The bytes are given away. */
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

  /** Brings the exchanges up to what the egress thread has told. */
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
