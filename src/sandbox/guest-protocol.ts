/** What the main thread and a guest thread say to one another. */
import type { BareTensor } from '../engine/bare-tensor.ts';
import type { EngineConnection } from '../engine/engine.ts';
import type { NnErrorCode } from '../engine/engine-error.ts';
import type { TrialQuestion } from '../engine/trial-answer.ts';
import type { GraphReference } from '../engine/native-graph.ts';
import type { ModelLimits } from '../config/limits.ts';
import type { FolderImage } from '../capabilities/filesystem/folder-image.ts';
import type { RequestFields } from '../telemetry/logger.ts';
import type { SpanRecord } from '../telemetry/span.ts';
import type { TraceParent } from '../telemetry/tracing.ts';
import type { TensorNumbering } from '../nn/witx/tensor-type.ts';
import type { Grants } from '../capabilities/capabilities.ts';
import type { CallMedia } from './prediction/call-media.ts';
import type { GuestOutput } from './prediction/guest-values.ts';
import type { PredictionTerms } from './prediction/prediction-terms.ts';
import type { SharedStreams } from './streams/shared-streams.ts';

/** A component as compiled modules and the glue that lifts and lowers between them and JavaScript. */
export interface CompiledComponent {
  /** Hexadecimal SHA-256 of the component file. */
  digest: string;
  /** An ES module that exports `instantiate`. */
  glue: string;
  modules: ReadonlyMap<string, WebAssembly.Module>;
  /** Interfaces that it imports, with versions. */
  imports: readonly string[];
  /** Interfaces and functions that it exports, with versions. */
  exports: readonly string[];
}

/** A core module that imports WASI preview 1 and the core ABI of wasi:nn: a command. */
export interface CompiledCoreModule {
  /** Hexadecimal SHA-256 of the file. */
  digest: string;
  core: WebAssembly.Module;
  /** How its tensor types are numbered; undefined: found out tensor by tensor. */
  numbering: TensorNumbering | undefined;
}

/** All that a guest thread needs to serve one model: its component and what that may touch. */
export interface GuestProgram {
  /** Model name and version, `name@version`. */
  key: string;
  component: CompiledComponent | CompiledCoreModule;
  /** The exported interface that calls go to. */
  target: string;
  graphs: ReadonlyMap<string, GraphReference>;
  config: ReadonlyMap<string, string>;
  assets: ReadonlyMap<string, SharedArrayBuffer>;
  /** Granted folders, by the paths under which the component sees them. */
  folders?: ReadonlyMap<string, FolderImage>;
  limits: ModelLimits;
  grants: Grants;
  /** Of a command, which runs once. */
  streams?: SharedStreams;
  /** Of a component of the open contract, once it has described itself: what its calls are held to. */
  terms?: PredictionTerms;
}

export type GuestThreadData = EngineConnection;

export interface GuestCall {
  /** Counts up over all calls of the process. */
  call: number;
  program: string;
  /** Function of the program's target interface. */
  function: string;
  args: readonly unknown[];
  /** What the component may read while it works. */
  media: CallMedia | undefined;
  /** Of a live sound: what has come of it (live-ring.ts). */
  live?: SharedArrayBuffer | undefined;
  /** Whether somebody waits for the outputs that it tells while it works. */
  partial: boolean;
  /** On the monotonic clock. */
  deadline: number;
  /** It may take long, and lets others go first between its windows. */
  long: boolean;
  /** The trace that its requests to others carry on. */
  trace?: TraceParent | undefined;
}

/** One run of a bare graph for a client: everything that it takes comes along, and nothing stays. */
export interface GuestRun {
  /** Counts up over all calls of the process. */
  call: number;
  graph: string;
  /** Their buffers are transferred. */
  inputs: readonly BareTensor[];
  /** Names of the outputs to give, in this order. */
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

/** With the buffers that came along, which are the thread's own and given back when the work is done. */
export type GuestWork = (({ kind: 'call' } & GuestCall) | ({ kind: 'run' } & GuestRun)) & {
  owned: readonly ArrayBuffer[];
};

export type ToGuest =
  | { kind: 'install'; program: GuestProgram }
  | { kind: 'install-terms'; key: string; terms: PredictionTerms }
  | { kind: 'uninstall'; key: string }
  | { kind: 'install-graph'; graph: GraphReference }
  | { kind: 'uninstall-graph'; key: string }
  | GuestWork;

/** The `failure` variant of the contract. */
export type Failure =
  | { tag: 'invalid-input' | 'unsupported' | 'internal'; val: string }
  | { tag: 'inference'; val: { code: string; message: string } };

/** How a call of a component ended. */
export type CallOutcome =
  | { kind: 'value'; value: unknown }
  | { kind: 'failure'; failure: Failure }
  /** What the client sent is not what the component takes, as a sentence. */
  | { kind: 'refused-input'; message: string }
  /** What the component gave is not what it said, as the end of a sentence. */
  | { kind: 'wrong-answer'; message: string }
  /** The instance is dead: its own fault, a limit, or something no contract foresees. */
  | { kind: 'trap'; message: string; stack: string };

/** How a run of a bare graph ended. */
export type RunOutcome =
  | { kind: 'outputs'; outputs: readonly BareTensor[] }
  | { kind: 'refused'; code: NnErrorCode; message: string };

export type GuestOutcome = CallOutcome | RunOutcome;

/** With what the thread did for the call, by its own clock. */
export type Spanned<Outcome> = Outcome & { spans: readonly SpanRecord[] };

/** What a component tells of a live sound; positions are samples from its beginning. */
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
  /** There is room for more sound. */
  | { kind: 'released' };

/** What a guest logs, and what the log says of its request. */
export type GuestLine = Extract<FromGuest, { kind: 'log' }> & { fields?: RequestFields | undefined };

export type FromGuest =
  | ({ call: number } & Spanned<GuestOutcome>)
  | { kind: 'progress'; call: number; text: string; seconds: number }
  /** What a component tells of a live sound. */
  | { kind: 'live'; call: number; report: LiveReport }
  | { kind: 'partial'; call: number; output: GuestOutput }
  /** A long call has had its slice, and sleeps until it is told to go on. */
  | { kind: 'pause'; call: number }
  | {
      kind: 'log';
      call: number;
      program: string;
      /** The guest's own line, or one about what it did. */
      by: 'guest' | 'host';
      level: string;
      context: string;
      message: string;
    }
  /** The call waits for what comes of it. */
  | { kind: 'try-graph'; question: TrialQuestion }
  /** A command has ended: its folders that it may write to, as it left them. */
  | { kind: 'folders'; call: number; folders: ReadonlyMap<string, FolderImage> }
  /** An instance is being made, which may take its model's `startMs`: a loop in its start shows as silence. */
  | { kind: 'starting'; startMs: number }
  | { kind: 'started' }
  /** Ready for a call. */
  | { kind: 'idle'; prepared: string | undefined };
