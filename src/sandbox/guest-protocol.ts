/** Messages between the main thread and a guest thread. */
import type { BareTensor } from '../engine/bare-tensor.ts';
import type { NnErrorCode } from '../engine/engine-error.ts';
import type { TrialQuestion } from '../engine/trial/shared-verdict.ts';
import type { GraphReference } from '../engine/native-graph.ts';
import type { ModelLimits } from '../config/limits.ts';
import type { FolderImage } from '../capabilities/filesystem/folder-image.ts';
import type { RequestFields } from '../telemetry/logger.ts';
import type { SpanRecord } from '../telemetry/span.ts';
import type { TraceParent } from '../telemetry/tracing.ts';
import type { TensorNumbering } from '../nn/witx/tensor-type.ts';
import type { Grants } from '../capabilities/capabilities.ts';
import type { CallMedia } from './prediction/request-media.ts';
import type { GuestOutput } from './prediction/guest-values.ts';
import type { PredictionTerms } from './prediction/prediction-terms.ts';
import type { SharedStreams } from './streams/shared-pipe.ts';

/** A component as compiled modules and the JavaScript glue that lifts and lowers values. */
export interface CompiledComponent {
  kind: 'component';
  /** Hexadecimal SHA-256 of the component file. */
  digest: string;
  /** An ES module that exports `instantiate`. */
  glue: string;
  modules: ReadonlyMap<string, CompiledModule>;
  /** Interfaces that it imports, with versions. */
  imports: readonly string[];
  /** Interfaces and functions that it exports, with versions. */
  exports: readonly string[];
}

/** A core module of a component. */
export interface CompiledModule {
  module: WebAssembly.Module;
  /** Undefined where it defines its memory itself, or has none. */
  memory: ImportedMemory | undefined;
}

/** Names of a core module's own memory as an import. They are empty, so that the import is as long as what it replaces. */
export const MEMORY_IMPORT = { module: '', name: '' } as const;

/** A memory that the host gives to an instance, in pages of 64 KiB. */
export interface ImportedMemory {
  initial: number;
  maximum: number;
}

/** A core module that imports WASI preview 1 and the core ABI of wasi:nn: a command. */
export interface CompiledCoreModule {
  kind: 'core';
  /** Hexadecimal SHA-256 of the file. */
  digest: string;
  core: WebAssembly.Module;
  /** Numbering of its tensor types; undefined to detect it per tensor. */
  numbering: TensorNumbering | undefined;
}

/** Everything that a guest thread needs to serve one model: its component and what that may access. */
export interface GuestProgram {
  /** Model name and version, `name@version`. */
  key: string;
  component: CompiledComponent | CompiledCoreModule;
  /** The exported interface whose functions are called. */
  target: string;
  graphs: ReadonlyMap<string, GraphReference>;
  config: ReadonlyMap<string, string>;
  assets: ReadonlyMap<string, SharedArrayBuffer>;
  /** Granted folders, by the paths under which the component sees them. */
  folders?: ReadonlyMap<string, FolderImage>;
  limits: ModelLimits;
  grants: Grants;
  /** Standard streams of a command, which runs once. */
  streams?: SharedStreams;
  /** Terms that calls must keep, once a component of the open contract has described itself. */
  terms?: PredictionTerms;
}

export interface GuestCall {
  /** Counts up over all calls of the process. */
  callId: number;
  program: string;
  /** Function of the program's target interface. */
  function: string;
  args: readonly unknown[];
  /** Sounds and pictures that the component may read during the call. */
  media: CallMedia | undefined;
  /** The ring through which a live sound comes (live-ring.ts). */
  live?: SharedArrayBuffer | undefined;
  /** Whether the caller wants outputs while the component works. */
  partial: boolean;
  /** On the monotonic clock. */
  deadline: number;
  /** A long call, which gives way to others between its windows of sound. */
  long: boolean;
  /** The trace that its requests to others carry on. */
  trace?: TraceParent | undefined;
}

/** One run of a bare graph. Nothing of it is kept. */
export interface GuestRun {
  /** Counts up over all calls of the process. */
  callId: number;
  graph: string;
  /** Inputs, whose buffers are transferred. */
  inputs: readonly BareTensor[];
  /** Names of the outputs to return, in this order. */
  outputs: readonly string[];
  limits: OutputLimits;
  /** On the monotonic clock. */
  deadline: number;
}

export interface OutputLimits {
  /** Bytes of one output. */
  tensorBytes: number;
  /** Bytes of all outputs. */
  allBytes: number;
}

/** With the transferred buffers, which are freed when the work is done. */
export type GuestWork = (({ kind: 'call' } & GuestCall) | ({ kind: 'run' } & GuestRun)) & {
  owned: readonly ArrayBuffer[];
};

export type ToGuest =
  | { kind: 'install'; program: GuestProgram }
  | { kind: 'install-terms'; key: string; terms: PredictionTerms }
  | { kind: 'uninstall'; key: string }
  | { kind: 'install-graph'; graph: GraphReference }
  | { kind: 'uninstall-graph'; key: string }
  | { kind: 'give-memory-back' }
  | GuestWork;

/** The `failure` variant of the contract. */
export type Failure =
  | { tag: 'invalid-input' | 'unsupported' | 'internal'; val: string }
  | { tag: 'inference'; val: { code: string; message: string } };

export type CallOutcome =
  | { kind: 'value'; value: unknown }
  | { kind: 'failure'; failure: Failure }
  /** The client's input is not of the component's kinds; a sentence. */
  | { kind: 'refused-input'; message: string }
  /** The answer breaks the component's own description; the end of a sentence. */
  | { kind: 'wrong-answer'; message: string }
  /** The instance is unusable: by its own fault, a limit, or an unexpected error. */
  | { kind: 'trap'; message: string; stack: string };

export type RunOutcome =
  | { kind: 'outputs'; outputs: readonly BareTensor[] }
  | { kind: 'refused'; code: NnErrorCode; message: string };

export type GuestOutcome = CallOutcome | RunOutcome;

/** A component's report on a live sound; positions are samples from its beginning. */
export type LiveReport =
  | { kind: 'speech-started' | 'speech-stopped'; at: number }
  | { kind: 'words'; stable: string; tentative: string }
  | {
      kind: 'turn';
      text: string;
      start: number;
      end: number;
      tokens: Uint32Array;
      averageLogProbability: number;
    }
  | { kind: 'released' };

/** A log line of a guest, with the fields of its request. */
export type GuestLine = Extract<FromGuest, { kind: 'log' }> & { fields?: RequestFields | undefined };

export type FromGuest =
  /**
   * The call is over; with what the thread did for it. With `startMs` the next instance is being made: if nothing follows
   * within that time, its start hangs.
   */
  | {
      kind: 'over';
      callId: number;
      outcome: GuestOutcome;
      spans: readonly SpanRecord[];
      startMs?: number | undefined;
    }
  | { kind: 'progress'; callId: number; text: string; seconds: number }
  | { kind: 'live'; callId: number; report: LiveReport }
  | { kind: 'partial'; callId: number; output: GuestOutput }
  /** A long call has used up its slice and sleeps until it is resumed. */
  | { kind: 'pause'; callId: number }
  | {
      kind: 'log';
      callId: number;
      program: string;
      /** Whether the guest wrote the line, or the host about the guest. */
      by: 'guest' | 'host';
      level: string;
      context: string;
      message: string;
    }
  /** Asks for a trial; the call waits for its result. */
  | { kind: 'try-graph'; question: TrialQuestion }
  /** A command has ended: the final state of its writable folders. */
  | { kind: 'folders'; callId: number; folders: ReadonlyMap<string, FolderImage> }
  /** An instance is being made for the call, likewise within `startMs`. */
  | { kind: 'starting'; startMs: number }
  | { kind: 'started' }
  /** Ready for a call. */
  | { kind: 'idle'; prepared: string | undefined };
