/** A backend reads model files of one encoding and runs their graphs by a native library. `backends.ts` lists them. */
import type { Turns } from '../async/turns.ts';
import type { GraphFacts } from './graph-facts.ts';
import type { RunMemory, Runtime } from './runtime.ts';

/** The encodings that wasi:nn names. */
export type Encoding = 'openvino' | 'onnx' | 'tensorflow' | 'pytorch' | 'tensorflowlite' | 'ggml';

export interface Backend {
  readonly encoding: Encoding;
  /** The encoding as messages name it. */
  readonly format: string;
  /** How names of its files end: `.onnx`. */
  readonly extension: string;
  /** The native library. What was found out about a graph holds for this version of it. */
  readonly library: string;
  readonly version: string;
  /** Names of a bare graph's platform: the Open Inference Protocol's, and Triton's. */
  readonly platforms: { readonly protocol: string; readonly triton: string };
  /** Whether a file may be of its encoding, by how it begins. */
  recognises(model: Uint8Array): boolean;
  /** @throws EngineError `invalid-encoding`, `security` */
  inspecting(model: Uint8Array): Turns<Inspection>;
  /** For inputs and outputs that are not tensors: their type's name in the facts, and how to export the model without. */
  readonly remedies?: Readonly<Partial<Record<string, string>>>;
  /** For graphs that may keep weights in files of their own. */
  readonly externalData?: ExternalData;
  /**
   * Starts the library; for the main thread.
   *
   * @param memoryBytes the most that all of its runs may take together
   * @throws SandpiperError `invalid-config` if it cannot be used
   */
  start(memoryBytes: number): { readonly runtime: Runtime; readonly memory: RunMemory };
  /** @param handle of the runtime that the main thread has started */
  attach(handle: object): Runtime;
}

export interface Inspection {
  facts: GraphFacts;
  /** Why loading must be tried first; `undefined` if it need not be. */
  doubt: string | undefined;
}

export interface ExternalData {
  /** The most that a graph may have with its data. */
  readonly maxBytes: number;
  /** The files, as the graph names them; none for what is no graph. */
  locating(model: Uint8Array): Turns<readonly string[]>;
  /** The graph as one file. @throws EngineError */
  inline(model: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Uint8Array;
}
