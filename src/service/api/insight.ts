/** Insight into the service for people: its activity, and the samples of its models. */

/** Outcomes of requests, and durations of those answered in the last minute. */
export interface Activity {
  /** Since the start. */
  answered: number;
  failed: number;
  /** Requests that are queued now. */
  waiting: number;
  running: number;
  /** Milliseconds from arrival to answer; undefined if none was answered in the last minute. */
  p50Ms?: number;
  p99Ms?: number;
  /** Memory of the whole process in bytes; undefined for a caller that sees only some models. */
  memoryBytes?: number;
}

export interface SampleFile {
  /** Its name in the model's folder. */
  file: string;
  bytes: Uint8Array;
}

/** A model's sample, for trying the model. */
export interface ModelSample {
  /** File name; `zeros` for a bare graph, which has none. */
  file: string;
  /** Its files by the inputs that take them, in the order of the inputs; several for a repeated one. */
  files: ReadonlyMap<string, readonly SampleFile[]>;
  /** Values of the sample's inputs that are not files, by the inputs' names. */
  values?: Readonly<Record<string, unknown>>;
  /** The model's answer to it at load, as text for people. */
  answer: string;
  ms: number;
}

/** The part of the transport-free core that gives insight. */
export interface ServiceInsight {
  /** @param models names of the models whose requests count; all by default */
  activity(models?: ReadonlySet<string>): Activity;
  /** The sample of the version that serves requests without a version. @throws SandpiperError `not-found` */
  sample(model: string): ModelSample;
}
