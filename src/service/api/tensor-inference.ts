/**
 * Tensors in, tensors out, and what the service tells of its models: the part of the transport-free core that
 * serves clients of tensor protocols (http/kserve) and embedders with tensors of their own.
 */
import type { Datatype } from '../../element-types.ts';
import type { GraphSignature } from './graph-signature.ts';
import type { RequestOptions, Timing } from './request.ts';

/** Datatypes of the Open Inference Protocol, and Triton's BF16. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BF16',
  'BYTES',
] as const satisfies readonly Datatype[];
export type { Datatype };

/** A tensor as a client gives or gets it. */
export interface ClientTensor {
  name: string;
  datatype: Datatype;
  /** Fixed. */
  shape: readonly number[];
  /**
   * Row-major little-endian elements, BOOL one byte of 0 or 1; for BYTES a list of elements. Inputs are the
   * service's own from the call on: their buffers may be transferred to another thread.
   */
  data: Uint8Array | readonly Uint8Array[];
}

/** One input or output of a model. */
export interface ModelPort {
  name: string;
  datatype: Datatype;
  /** -1 is a variable dimension. */
  shape: readonly number[];
  /** Of an input: it may be left out. */
  optional?: boolean;
  /** Of an input that holds a picture, beside the dimension of a batch: channels, height, width, or channels last. */
  format?: 'NCHW' | 'NHWC';
  /** Of an output with a score a class: the file that its labels come from. */
  labelFile?: string;
}

/** What one version of a model takes and gives. */
export interface ModelDescription {
  name: string;
  version: number;
  /** Versions of the model that are in service, ascending. */
  versions: readonly number[];
  /** Not set aside for failing again and again. */
  ready: boolean;
  /** `onnx_onnxv1` for a bare graph, `sandpiper_component` for a model behind a component. */
  platform: string;
  /** 0: the first dimension is no batch. */
  maxBatchSize: number;
  inputs: readonly ModelPort[];
  outputs: readonly ModelPort[];
  /** Labels of the classes, for the outputs that hold one score a class; by output name. */
  labels: ReadonlyMap<string, readonly string[]>;
  /**
   * Outputs that hold only the best classes, best first, by output name: the output that has the class of each
   * element, and the parameter that says how many there are.
   */
  ranked?: ReadonlyMap<string, { indices: string; count: string }>;
  /** What each of its graphs takes and gives, those behind a component included. */
  graphs: readonly GraphSignature[];
  /** A bare graph's own metadata, and what the manifest says (task, licence, source). */
  properties: Readonly<Record<string, string>>;
}

export interface InferOptions extends RequestOptions {
  /** Default: the highest in service. */
  version?: number;
  /** Outputs to give, in this order; all of them in the model's order unless told. */
  outputs?: readonly string[];
  /** Task parameters of a model behind a component, such as `top_k`, unchecked. */
  parameters?: Readonly<Record<string, unknown>>;
}

export interface InferAnswer {
  model: string;
  version: number;
  outputs: readonly ClientTensor[];
  /** Inputs that were answered; 1 unless told. */
  batchSize?: number;
  timing: Timing;
}

/** How often something happened and how long it took in all. */
export interface DurationCount {
  count: number;
  /** Nanoseconds, whole. */
  ns: number;
}

export interface ModelStatistics {
  name: string;
  version: number;
  /** Milliseconds since 1970, 0 before the first. */
  lastInference: number;
  /** Single inputs, a batch of n counted n times. */
  inferenceCount: number;
  /** Requests that ran. */
  executionCount: number;
  success: DurationCount;
  fail: DurationCount;
  queue: DurationCount;
  computeInput: DurationCount;
  computeInfer: DurationCount;
  computeOutput: DurationCount;
}

/** One version of a model in the repository, in service or not, or what looks like one. */
export interface RepositoryEntry {
  name: string;
  /** The name of the folder where that is none, and empty where there is none. */
  version: number | string;
  state: 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING';
  /** Why it is not ready; empty otherwise. */
  reason: string;
}

/** What the service offers for tensors and models. */
export interface TensorInference {
  /** @throws SandpiperError `not-found` for a model or version that is not in service */
  describeModel(name: string, version?: number): ModelDescription;
  /** @throws SandpiperError `invalid-request` for tensors that do not fit the model's inputs, … */
  infer(name: string, inputs: readonly ClientTensor[], options?: InferOptions): Promise<InferAnswer>;
  /** Of all versions in service, or of one model's. @throws SandpiperError `not-found` */
  statistics(name?: string, version?: number): readonly ModelStatistics[];
  /** Every version in the repository's directory as it is now, and what looks like a model there and is none. */
  repositoryIndex(): Promise<readonly RepositoryEntry[]>;
  /**
   * Reads the model's folder anew and brings its versions into service; requests in flight on what was there
   * before finish on it.
   * @throws SandpiperError `not-found`, `invalid-model`, `invalid-component`
   */
  loadModel(name: string): Promise<void>;
  /** Takes it out of service, lets what runs finish, frees its memory. @throws SandpiperError `not-found` */
  unloadModel(name: string): Promise<void>;
}
