/**
 * What a guest thread and an engine thread say to one another: the types of both ends, in one file.
 *
 * Tensors cross as handles. The bytes of a tensor that the guest made travel with the compute that consumes
 * it, and those of an output travel when the guest reads it; both are transferred, never cloned.
 */

/** wasi:nn's own tensor types, in the order of the specification. */
export const TENSOR_TYPES = ['FP16', 'FP32', 'FP64', 'BF16', 'U8', 'I32', 'I64'] as const;
export type TensorType = (typeof TENSOR_TYPES)[number];

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<TensorType, number>> = {
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BF16: 2,
  U8: 1,
  I32: 4,
  I64: 8,
};

/** wasi:nn's error codes, in the order of the specification. */
export const NN_ERROR_CODES = [
  'invalid-argument',
  'invalid-encoding',
  'timeout',
  'runtime-error',
  'unsupported-operation',
  'too-large',
  'not-found',
  'security',
  'unknown',
] as const;
export type NnErrorCode = (typeof NN_ERROR_CODES)[number];

/** One input or output of a graph, as the engine reports it. */
export interface PortFacts {
  name: string;
  /** The wasi:nn type that carries it; undefined where none can, and `elementType` says what it is. */
  type: TensorType | undefined;
  /** The engine's own name of the type, such as `BOOL`. */
  elementType: string;
  /** A number is fixed, a string is a named dynamic dimension, null an unnamed one; undefined: any rank. */
  dimensions: readonly (number | string | null)[] | undefined;
  /** An input with a default value in the model, which stands: no other may be given. */
  optional?: boolean;
}

/** What a graph takes and gives. */
export interface GraphFacts {
  inputs: readonly PortFacts[];
  outputs: readonly PortFacts[];
  /** The model's own properties, as its file states them. */
  metadata: Readonly<Record<string, string>>;
}

/** A loaded graph: its key is the same on every engine thread that holds it. */
export interface GraphReference {
  key: string;
  facts: GraphFacts;
  /** One 32-bit cell per engine thread, 1 where that thread holds the graph. */
  holders: SharedArrayBuffer;
  /** Whether engine 0 also holds it with one intra-op thread per core. */
  wide?: boolean;
}

/**
 * An input of a compute: bytes that come along, or a tensor that already lives on that engine thread. One
 * that is `kept` stays there after the run; if its bytes came along, the answer tells its handle.
 */
export type InputFrame = { name: string; kept: boolean } & (
  { type: TensorType; dimensions: readonly number[]; bytes: Uint8Array } | { handle: number }
);

/** An output of a compute; it stays on its engine thread until it is read, passed on or dropped. */
export interface OutputFrame {
  name: string;
  handle: number;
  type: TensorType;
  dimensions: readonly number[];
  byteLength: number;
  /** The tensor itself, where the question was eager for it: its handle is void then. */
  bytes?: Uint8Array;
}

interface Frame {
  /** Counts up per guest thread; an answer carries the number of its question. */
  call: number;
  /** The request that asks. Handles belong to it and die with it. */
  request: number;
  /** Handles that the guest has dropped since its last frame. */
  dropped: readonly number[];
}

export type Question = Frame &
  (
    | {
        kind: 'compute';
        graph: string;
        wide: boolean;
        inputs: readonly InputFrame[];
        outputBytes: number;
        /** Names of outputs whose bytes shall come along with the answer. */
        eager?: readonly string[];
      }
    | { kind: 'read'; handle: number }
    | { kind: 'load'; graph: string; bytes: Uint8Array }
    /** The request is over: everything that it holds is freed. Not answered. */
    | { kind: 'end' }
  );

/** Where a kept input whose bytes came along now lives: there, even when the run then failed. */
export interface KeptFrame {
  name: string;
  handle: number;
}

export type Answer = { call: number } & (
  | { kind: 'outputs'; outputs: OutputFrame[]; kept: KeptFrame[]; runMs: number }
  /** The tensor has left the engine: its bytes now live with the guest. */
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'loaded'; facts: GraphFacts }
  | { kind: 'error'; code: NnErrorCode; message: string; kept: KeptFrame[] }
);
