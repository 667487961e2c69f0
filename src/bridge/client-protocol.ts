/**
 * What the main thread and an engine thread say to one another about tensors that clients bring themselves, past
 * every component: bytes in, bytes out, nothing kept in between.
 */
import type { NnErrorCode } from './protocol.ts';

/** A tensor of a bare graph; the graph says what its elements are. */
export interface BareTensor {
  name: string;
  /** A scalar has none. */
  dimensions: readonly number[];
  /**
   * Row-major little-endian elements, BOOL one byte of 0 or 1, strings as `byte-elements.ts` packs them. Not
   * cloned but transferred, the whole buffer that they lie in.
   */
  bytes: Uint8Array;
}

export interface OutputLimits {
  /** Bytes of one output. */
  tensorBytes: number;
  /** Bytes of all outputs. */
  allBytes: number;
}

export interface ClientQuestion {
  /** Counts up. */
  call: number;
  graph: string;
  wide: boolean;
  inputs: readonly BareTensor[];
  /** Names of the outputs to give, in this order. */
  outputs: readonly string[];
  limits: OutputLimits;
  /** On the monotonic clock; a run is not begun after it. */
  deadline: number;
}

export type ClientAnswer = { call: number } & (
  | { kind: 'outputs'; outputs: BareTensor[]; runMs: number }
  | { kind: 'error'; code: NnErrorCode; message: string }
);
