/** A loaded graph, as plain data that every thread of the process may use, and the inputs of its runs. */
import type { GraphFacts } from './graph-facts.ts';
import type { Address } from './onnx/runtime/c-api.ts';
import type { NativeBytes } from './onnx/runtime/values.ts';

export interface NativeGraph {
  /** Runs on one core. */
  session: Address;
  /** Runs on all cores. */
  multiThreadedSession: Address | undefined;
  /** Cell 0 is 1 while the sessions may be run. */
  loaded: SharedArrayBuffer;
}

export interface GraphReference {
  key: string;
  facts: GraphFacts;
  native: NativeGraph;
}

/** An input of a run, in the graph's element type. */
export interface RunInput {
  name: string;
  dimensions: readonly number[];
  /** Read in place: they must not change or move before the run has ended. */
  bytes: Uint8Array | NativeBytes;
}
