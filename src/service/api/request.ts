/** Files and options of every request, and timing of every answer, for all tasks. */
import type { TraceParent } from '../../telemetry/tracing.ts';

/** Bytes, or their source: a Blob or File, a stream of chunks, or the path of a file. */
export type FileInput =
  Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | string | URL;

/** Options of any request. */
export interface RequestOptions {
  /** Cancels the request, which then leaves the queue and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds from now; the model's deadline applies if it is earlier. */
  deadlineMs?: number | undefined;
  /** Added to each log line of this request. */
  requestId?: string | undefined;
  /** The trace that it belongs to, as W3C `traceparent`; ignored if it is malformed. */
  trace?: TraceParent | undefined;
  /** The client that it belongs to; clients are served round-robin. */
  client?: string | undefined;
  /** Priority among the client's queued requests: from 1, the first, to 3; anything else, and the default 0, counts as 2. */
  priority?: number | undefined;
}

/** Milliseconds of each stage of a request. Waiting inside a stage counts as `queue`, not as the stage. */
export interface Timing {
  /** Waiting for a slot, for a guest thread, and for run slots. */
  queue: number;
  /** Decoding the client's file. */
  media: number;
  /** In the sandbox, from call to answer, computes included. */
  guest: number;
  /** Part of `guest`: waiting for a new instance, if none was prepared. */
  instantiate: number;
  /** Running graphs; part of `guest`, if there is one. */
  compute: number;
  total: number;
}
