/** What every request carries and every answer tells, whatever the task. */
import type { TraceParent } from '../../telemetry/tracing.ts';

/** What any request may carry. */
export interface RequestOptions {
  /** Aborted when the caller gives up: the request then frees its place and rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds from now; never above the model's own deadline. */
  deadlineMs?: number;
  /** Shown in the log beside the lines of this request. */
  requestId?: string;
  /** The trace that it belongs to, as the caller's own request was told it; one that cannot be read is none. */
  trace?: TraceParent;
  /** Whose request it is, so that one client's crowd does not delay another's request. */
  client?: string;
  /** Among the requests of this client that wait: 1 goes first, 3 last; 0, the default, and all else is 2. */
  priority?: number;
}

/** Milliseconds that each stage of a request took. What a stage waited for others is `queue`, not the stage's. */
export interface Timing {
  /** Waiting for a turn, for a guest thread, and to run graphs. */
  queue: number;
  /** Decoding the client's file. */
  media: number;
  /** In the sandbox, from call to answer, computes included. */
  guest: number;
  /** Of `guest`: waiting for a fresh instance, if none was made ahead. */
  instantiate: number;
  /** Running graphs: a part of `guest` where there is one. */
  compute: number;
  total: number;
}
