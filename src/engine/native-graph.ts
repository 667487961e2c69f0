import type { Encoding } from './backend.ts';
import type { GraphFacts } from './graph-facts.ts';
import type { Address } from './native/koffi.ts';

/** A loaded graph, as plain data that every thread of the process may use. */
export interface GraphReference {
  key: string;
  encoding: Encoding;
  facts: GraphFacts;
  /** Runs on one core, or on two. */
  session: Address;
  /** Runs on all cores. */
  multiThreadedSession: Address | undefined;
  /** Cell 0 is 1 while the sessions may be run. */
  loaded: SharedArrayBuffer;
}
