/** What the service tells of itself to people who look at it: what it is doing, and the samples of its models. */

/** What became of requests, and of those that were answered in the last minute how long they took. */
export interface Activity {
  /** Since the start. */
  answered: number;
  failed: number;
  /** Requests that are here now and have not begun. */
  waiting: number;
  running: number;
  /** Milliseconds from arrival to answer; undefined where none was answered in the last minute. */
  p50Ms?: number;
  p99Ms?: number;
  /** Bytes of memory of the whole process; undefined for a caller that sees only some of its models. */
  memoryBytes?: number;
}

/** A model's own sample, as it is kept to try the model with. */
export interface ModelSample {
  /** File name; `zeros` for a bare graph, which has none. */
  file: string;
  /** Undefined for a bare graph. */
  bytes?: Uint8Array;
  /** What the model made of it when it was loaded, for people to read. */
  answer: string;
  ms: number;
}

/** The part of the transport-free core that serves people who look at it. */
export interface ServiceInsight {
  /** @param models names of those whose requests count; all of them unless told */
  activity(models?: ReadonlySet<string>): Activity;
  /** Of the version that serves requests without one. @throws SandpiperError `not-found` */
  sample(model: string): ModelSample;
}
