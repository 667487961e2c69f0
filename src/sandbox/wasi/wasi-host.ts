/** What the WASI of one instance needs of its thread and its model; nothing else of the host is in reach. */
import type { ModelLimits } from '../../config/limits.ts';
import type { FolderImage } from '../../repository/folder-image.ts';
import type { Grants } from '../grants.ts';
import type { ByteSource } from './input-stream.ts';
import type { ByteSink } from './output-stream.ts';
import type { FolderWriter } from './filesystem/folder-writer.ts';
import type { HandleCount } from './handle-count.ts';
import type { Sleeper } from './sleeper.ts';

/** Where a command's standard streams lead; a component that serves requests has none. */
export interface StandardStreams {
  stdin: ByteSource;
  stdout: ByteSink;
  stderr: ByteSink;
}

export interface WasiHost {
  /** Model name and version. */
  program: string;
  grants: Grants;
  limits: ModelLimits;
  /** By the path under which the component sees each. */
  folders: ReadonlyMap<string, FolderImage>;
  /** Undefined: none of the folders may be changed. */
  writer?: FolderWriter | undefined;
  handles: HandleCount;
  sleeper: Sleeper;
  /** Undefined: an empty input, and outputs that become log lines. */
  streams?: StandardStreams | undefined;
  /** One line for the service log, counted against `logBytes`. */
  log(level: 'info' | 'warn', context: string, message: string): void;
}

export type Imports = Record<string, Record<string, unknown>>;
