/** What an inference engine must do to serve under wasi:nn. One file per engine implements it. */
import type { BareTensor } from '../bridge/client-protocol.ts';
import type { GraphFacts, TensorType } from '../bridge/protocol.ts';

/** A tensor in the engine's own form, ready to be passed on without looking at its bytes. */
export interface EngineTensor {
  readonly type: TensorType;
  readonly dimensions: readonly number[];
  readonly byteLength: number;
  /** Row-major little-endian elements in a buffer of their own; the tensor may not be used afterwards. */
  takeBytes(): Uint8Array;
}

export interface LoadOptions {
  /** Threads that one run may use. */
  intraOpThreads: number;
  /** Clients bring its tensors themselves, of any type that the engine takes, not only what wasi:nn carries. */
  bare: boolean;
  /** Its runs are as large as clients or guests like: no memory of one may be kept for the next. */
  anySize: boolean;
}

export interface EngineGraph {
  readonly facts: GraphFacts;
  /** Makes an input of this graph from a guest's bytes, which are the tensor's own from then on. */
  tensorFromBytes(input: string, dimensions: readonly number[], bytes: Uint8Array): EngineTensor;
  /**
   * @param inputs by name, checked against `facts` by the caller
   * @param outputBytes what all outputs may take together
   * @returns all outputs in the graph's order
   * @throws EngineError `too-large` for outputs over that, `runtime-error`
   */
  run(
    inputs: ReadonlyMap<string, EngineTensor>,
    outputBytes: number,
  ): Promise<[name: string, tensor: EngineTensor][]>;
  /**
   * A run for whoever has bytes and wants bytes.
   *
   * @param inputs checked against `facts` by the caller
   * @param outputs names of outputs of the graph
   * @param outputBytes what all outputs of the graph may take together
   * @throws EngineError `too-large` for outputs over that, `runtime-error`
   */
  infer(
    inputs: readonly BareTensor[],
    outputs: readonly string[],
    outputBytes: number,
  ): Promise<BareTensor[]>;
  release(): Promise<void>;
}

export interface Backend {
  /** @throws EngineError `invalid-encoding`, `unsupported-operation`, `security`, `runtime-error` */
  load(model: Uint8Array, options: LoadOptions): Promise<EngineGraph>;
}
