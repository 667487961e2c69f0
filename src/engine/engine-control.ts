/** What the main thread and an engine thread say to one another. */
import type { MessagePort } from 'node:worker_threads';
import type { GraphFacts, NnErrorCode } from '../bridge/protocol.ts';

export interface EngineThreadData {
  /** Number of this engine thread, from 0. */
  engine: number;
  engines: number;
  /** Cores of the machine: the intra-op threads of a wide session. */
  cores: number;
  board: SharedArrayBuffer;
}

export type ControlQuestion =
  | { kind: 'connect'; port: MessagePort; cell: SharedArrayBuffer }
  /** The main thread itself, with tensors of clients. */
  | { kind: 'connect-client'; port: MessagePort }
  /** @see LoadOptions.bare */
  | { kind: 'load'; key: string; model: SharedArrayBuffer; bare: boolean }
  /** A second session of a loaded graph, with one intra-op thread per core. Not answered. */
  | { kind: 'widen'; key: string; model: SharedArrayBuffer }
  | { kind: 'unload'; key: string }
  | { kind: 'close' };

export type ControlAnswer =
  | { kind: 'loaded'; key: string; facts: GraphFacts }
  | { kind: 'refused'; key: string; code: NnErrorCode; message: string };
