/** Events of the service for its metrics, and its state at any moment. */
import type { ErrorCode } from '../errors.ts';

/** Parts of a request, as docs/metrics.md tells them apart. */
export type Stage = 'queue' | 'media' | 'guest' | 'compute' | 'total';

export type Outcome = 'ok' | ErrorCode;

/** What may befall a model beside the end of a request. */
export type Incident =
  /** An instance of its component died: a trap, a limit, or its thread's end. */
  | 'trap'
  /** Its component said what it has against a request. */
  | 'refusal'
  /** Its component was still at work when the request's deadline came. */
  | 'missed-deadline'
  /** It failed too often in a row. */
  | 'set-aside';

/** Called for every request of a model that exists. Takes microseconds and never throws. */
export interface Observer {
  /** A version of the model is about to come into service. */
  loaded(model: string): void;
  /** @param timing of a request that was answered, in milliseconds */
  ended(model: string, outcome: Outcome, timing?: Readonly<Record<Stage, number>>): void;
  noted(model: string, incident: Incident): void;
}

/** Records nothing. */
export const NO_OBSERVER: Observer = {
  loaded: () => undefined,
  ended: () => undefined,
  noted: () => undefined,
};

/** Why requests fail, in Triton's words. */
export type FailureReason = 'REJECTED' | 'CANCELED' | 'BACKEND' | 'OTHER';

/** Number and total duration of events. */
export interface DurationCount {
  count: number;
  /** Whole nanoseconds. */
  ns: number;
}

/** What is counted of the requests of one version of a model. */
export interface InferenceCounts {
  name: string;
  version: number;
  /** Number of single inputs: a batch of n counts n times. */
  inferenceCount: number;
  /** Number of requests that ran. */
  executionCount: number;
  success: DurationCount;
  queue: DurationCount;
  computeInput: DurationCount;
  computeInfer: DurationCount;
  computeOutput: DurationCount;
}

/** One version of a model in service. */
export interface VersionSnapshot extends InferenceCounts {
  failures: Readonly<Record<FailureReason, number>>;
  /** Requests that wait for a slot. */
  pending: number;
  loadSeconds: number;
}

/** The service at one moment. */
export interface Snapshot {
  models: {
    name: string;
    /** It serves; a model that is set aside does not. */
    ready: boolean;
    /** Requests that wait or run. */
    present: number;
  }[];
  versions: readonly VersionSnapshot[];
  guestThreads: {
    /** From a call until the next instance is ready, or the thread is gone. */
    working: number;
    /** In the middle of a long call, while others have the slot. */
    paused: number;
    idle: number;
    /** Since the start. */
    replaced: number;
  };
  /** Requests by class, as the scheduler distinguishes them: without a slot, and with one. */
  waiting: Readonly<Record<string, number>>;
  running: Readonly<Record<string, number>>;
  /** Bytes that runs of graphs have taken. */
  engineMemory: { used: number; peak: number; held: number } | undefined;
  /** Live sounds that are open, and how many may be. */
  live: { open: number; most: number };
  /** Graphs that run now, whether or not a client still waits for it. */
  runs: number;
}
