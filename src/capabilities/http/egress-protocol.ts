/** Messages between a guest thread and its egress thread. */
import type { MessagePort } from 'node:worker_threads';
import type { Origin } from '../../config/host-pattern.ts';
import type { HttpError } from './http-error.ts';

/** Counted for each message besides its bytes, so that a flood of small ones is bounded too. */
export const MESSAGE_BYTES = 256;

export type Header = [name: string, value: Uint8Array];

export interface EgressRequest {
  method: string;
  origin: Origin;
  /** Whether the address may be private: the manifest names this very address, or localhost. */
  privateAllowed: boolean;
  path: string;
  headers: Header[];
  /** Timeouts in milliseconds; undefined for none but the end of the instance's call. */
  connectMs: number | undefined;
  firstByteMs: number | undefined;
  betweenBytesMs: number | undefined;
}

export type ToEgress =
  /** Exchanges are numbered over all instances of the thread. */
  | { kind: 'open'; exchange: number; request: EgressRequest }
  | { kind: 'body'; exchange: number; bytes: Uint8Array }
  | { kind: 'finish'; exchange: number }
  | { kind: 'abort'; exchange: number }
  /** An instance starts or ends: aborts all exchanges, and sets how many bytes may be received. */
  | { kind: 'reset'; receiveBytes: number };

export type FromEgress =
  | { kind: 'response'; exchange: number; status: number; headers: Header[] }
  | { kind: 'bytes'; exchange: number; bytes: Uint8Array }
  /** `at` on the monotonic clock. */
  | { kind: 'end'; exchange: number; at: number }
  | { kind: 'error'; exchange: number; at: number; error: HttpError };

export interface EgressThreadData {
  port: MessagePort;
  /** Incremented and notified after each message. */
  cell: SharedArrayBuffer;
}
