/**
 * The entry of an egress thread: carries out the HTTP requests of one guest thread, which waits for them.
 *
 * Its guest thread owns it. It ends with the guest thread, whatever is still in progress.
 */
import { monotonicMs } from '../../async/clock.ts';
import { workerData } from 'node:worker_threads';
import {
  MESSAGE_BYTES,
  type EgressRequest,
  type EgressThreadData,
  type FromEgress,
  type ToEgress,
} from './egress-protocol.ts';
import type { FramedRequest } from './framed-request.ts';
import { HttpFailure, toHttpError, type HttpError } from './http-error.ts';
import { sendRequest } from './send-request.ts';

const { port, cell } = workerData as EgressThreadData;
const pulse = new Int32Array(cell);
const open = new Map<number, FramedRequest>();
let receiveBytes = 0;

function post(message: FromEgress, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
  Atomics.add(pulse, 0, 1);
  Atomics.notify(pulse, 0);
}

function fail(exchange: number, error: HttpError): void {
  open.delete(exchange);
  post({ kind: 'error', exchange, at: monotonicMs(), error });
}

function start(exchange: number, request: EgressRequest): void {
  const sent = sendRequest(request, {
    response: (status, headers) => post({ kind: 'response', exchange, status, headers }),
    bytes(bytes) {
      receiveBytes -= bytes.byteLength + MESSAGE_BYTES;
      if (receiveBytes < 0) throw new HttpFailure({ tag: 'HTTP-response-body-size', val: undefined });
      post({ kind: 'bytes', exchange, bytes }, [bytes.buffer as ArrayBuffer]);
    },
    end() {
      open.delete(exchange);
      post({ kind: 'end', exchange, at: monotonicMs() });
    },
    error: (error) => fail(exchange, error),
  });
  open.set(exchange, sent);
}

function obey(message: ToEgress): void {
  switch (message.kind) {
    case 'open':
      return start(message.exchange, message.request);
    case 'body':
      return open.get(message.exchange)?.write(message.bytes);
    case 'finish':
      return open.get(message.exchange)?.end();
    case 'abort':
      open.get(message.exchange)?.destroy();
      return void open.delete(message.exchange);
    case 'reset':
      for (const request of open.values()) request.destroy();
      open.clear();
      receiveBytes = message.receiveBytes;
  }
}

port.on('message', (message: ToEgress) => {
  try {
    obey(message);
  } catch (thrown) {
    if (message.kind !== 'reset') fail(message.exchange, toHttpError(thrown));
  }
});
