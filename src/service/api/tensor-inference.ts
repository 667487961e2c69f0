/**
 * Inference by tensors, and descriptions of models: the part of the transport-free core for clients of tensor protocols
 * (http/kserve) and embedders with tensors of their own.
 */
import type { Datatype } from '../../element-types.ts';
import type { DurationCount, InferenceCounts } from '../../telemetry/observer.ts';
import type { GraphSignature } from './graph-signature.ts';
import type { PredictionDescription, PredictionTensor } from './predictions.ts';
import type { RequestOptions, Timing } from './request.ts';

export type { Datatype, DurationCount, InferenceCounts };

/** A tensor of a client. */
export interface ClientTensor extends PredictionTensor {
  name: string;
}

/** One input or output of a model. */
export interface ModelPort {
  name: string;
  datatype: Datatype;
  /** -1 for a variable dimension. */
  shape: readonly number[];
  /** Whether an input may be omitted. */
  optional?: boolean;
  /** Order of the dimensions of a picture input, besides the batch: channels first or last. */
  format?: 'NCHW' | 'NHWC';
  /** Label file of an output with one score per class. */
  labelFile?: string;
}

/** Inputs, outputs and facts of one model version. */
export interface ModelDescription {
  name: string;
  version: number;
  /** Versions of the model in service, ascending. */
  versions: readonly number[];
  /** False while it is set aside after failures in a row. */
  ready: boolean;
  /** `onnx_onnxv1` for a bare graph, `sandpiper_component` for a model behind a component. */
  platform: string;
  /** Triton's names of the platform and the backend, for clients that read its configuration. */
  triton: { platform: string; backend: string };
  /** 0 if the first dimension is no batch. */
  maxBatchSize: number;
  inputs: readonly ModelPort[];
  outputs: readonly ModelPort[];
  /** Labels of the classes by output name, for outputs with one score per class. */
  labels: ReadonlyMap<string, readonly string[]>;
  /**
   * Outputs with only the best classes, best first, by output name: the output with the class index of each element,
   * and the parameter for their number.
   */
  ranked?: ReadonlyMap<string, { indices: string; count: string }>;
  /** Signatures of its graphs, those behind a component included. */
  graphs: readonly GraphSignature[];
  /** Of a model of the open contract: its description of itself, of which the inputs and outputs are the tensors. */
  prediction?: PredictionDescription;
  /** A bare graph's metadata, and the manifest's task, licence and source. */
  properties: Readonly<Record<string, string>>;
}

export interface InferOptions extends RequestOptions {
  /** Default: the highest in service. */
  version?: number | undefined;
  /** Outputs to return, in this order; by default all in the model's order. */
  outputs?: readonly string[] | undefined;
  /** Task parameters of a model behind a component, such as `top_k`, unchecked. */
  parameters?: Readonly<Record<string, unknown>> | undefined;
}

export interface InferAnswer {
  model: string;
  version: number;
  outputs: readonly ClientTensor[];
  /** Number of inputs answered; 1 by default. */
  batchSize?: number;
  timing: Timing;
}

export interface ModelStatistics extends InferenceCounts {
  /** Unix milliseconds; 0 before the first. */
  lastInference: number;
  fail: DurationCount;
}

/** One version of a model in the repository, in service or not, or an unusable folder. */
export interface RepositoryEntry {
  name: string;
  /** Version; the folder's name if that is no version, empty without a folder. */
  version: number | string;
  state: 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING';
  /** Why it is not ready; empty if it is. */
  reason: string;
}

/** Inference by tensors and control of models. */
export interface TensorInference {
  /** @throws SandpiperError `not-found` for a model or version that is not in service */
  describeModel(name: string, version?: number): ModelDescription;
  /** @throws SandpiperError `invalid-request` for tensors that do not fit the model's inputs, … */
  infer(name: string, inputs: readonly ClientTensor[], options?: InferOptions): Promise<InferAnswer>;
  /** Statistics of all versions in service, or of one model's. @throws SandpiperError `not-found` */
  statistics(name?: string, version?: number): readonly ModelStatistics[];
  /** Every version in the repository's directory now, and unusable folders. */
  repositoryIndex(): Promise<readonly RepositoryEntry[]>;
  /**
   * Reads the model's folder again and brings its versions into service; requests in flight finish on the versions
   * that were in service before.
   * @throws SandpiperError `not-found`, `invalid-model`, `invalid-component`
   */
  loadModel(name: string): Promise<void>;
  /** Takes a model out of service, waits for its requests, and frees its memory. @throws SandpiperError `not-found` */
  unloadModel(name: string): Promise<void>;
}
