/** The only parts of the host that the WASI of one instance can reach. */
import type { ModelLimits } from '../config/limits.ts';
import type { SpanLog } from '../telemetry/span-log.ts';
import type { TraceParent } from '../telemetry/tracing.ts';
import type { FolderImage } from './filesystem/folder-image.ts';
import type { ByteSource } from './io/input-stream.ts';
import type { ByteSink } from './io/output-stream.ts';
import type { FolderWriter } from './filesystem/folder-writer.ts';
import type { HandleCount } from './host/handle-count.ts';
import type { Sleeper } from './host/sleeper.ts';

/** Standard streams of a command; a component that serves requests has none. */
export interface StandardStreams {
  stdin: ByteSource;
  stdout: ByteSink;
  stderr: ByteSink;
}

export interface GrantedValues {
  env?: Readonly<Record<string, string>> | undefined;
  args?: readonly string[] | undefined;
  /** Host patterns. */
  http?: readonly string[] | undefined;
}

/** Imports of one package for one instance. */
export interface WasiPart {
  imports: Imports;
  /** Closes what the instance left open after its call. */
  end?(): void;
}

export type MakeWasi = (host: WasiHost) => WasiPart;

export interface WasiHost {
  /** Model name and version. */
  program: string;
  granted: GrantedValues;
  limits: ModelLimits;
  /** Granted folders, by the paths under which the component sees them. */
  folders: ReadonlyMap<string, FolderImage>;
  /** Undefined if no folder may be changed. */
  writer?: FolderWriter | undefined;
  handles: HandleCount;
  sleeper: Sleeper;
  /** Undefined for an empty input and outputs that become log lines. */
  streams?: StandardStreams | undefined;
  /** The trace of the call that it serves, if it is followed. */
  trace(): TraceParent | undefined;
  /** Spans of the call that the instance serves. */
  spans: SpanLog;
  /** Writes one line to the service log, counted against `logBytes`. */
  log(level: string, context: string, message: string): void;
}

export type Imports = Record<string, Record<string, unknown>>;
