/**
 * How ONNX element types are carried by wasi:nn's seven tensor types, and by which JavaScript array ONNX
 * Runtime's binding takes them.
 *
 * Types without a wasi:nn type of their own travel in the one of the same width, bit for bit: BOOL as U8 of
 * 0 and 1, INT8 as U8, UINT32 as I32, UINT64 as I64. INT16 and UINT16 have none: only graphs without a component
 * take them. All others are refused.
 */
import type { TensorType } from '../bridge/protocol.ts';

type NumericArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

type ArrayConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => NumericArray;

export interface Carrier {
  /** The wasi:nn type; undefined where none can carry it. */
  type: TensorType | undefined;
  /** The binding's name of the type. */
  runtimeType:
    | 'float16'
    | 'float32'
    | 'float64'
    | 'uint8'
    | 'int8'
    | 'bool'
    | 'uint16'
    | 'int16'
    | 'int32'
    | 'uint32'
    | 'int64'
    | 'uint64';
  array: ArrayConstructor;
  /** Bytes of one element. */
  width: number;
}

/**
 * By the ONNX name. BFLOAT16 is missing: the binding knows no such tensor, see onnx/widen-bfloat16.ts; and so is
 * STRING, which is no array of numbers.
 */
export const CARRIERS: ReadonlyMap<string, Carrier> = new Map(
  Object.entries({
    FLOAT16: { type: 'FP16', runtimeType: 'float16', array: Uint16Array, width: 2 },
    FLOAT: { type: 'FP32', runtimeType: 'float32', array: Float32Array, width: 4 },
    DOUBLE: { type: 'FP64', runtimeType: 'float64', array: Float64Array, width: 8 },
    UINT8: { type: 'U8', runtimeType: 'uint8', array: Uint8Array, width: 1 },
    INT8: { type: 'U8', runtimeType: 'int8', array: Int8Array, width: 1 },
    BOOL: { type: 'U8', runtimeType: 'bool', array: Uint8Array, width: 1 },
    UINT16: { type: undefined, runtimeType: 'uint16', array: Uint16Array, width: 2 },
    INT16: { type: undefined, runtimeType: 'int16', array: Int16Array, width: 2 },
    INT32: { type: 'I32', runtimeType: 'int32', array: Int32Array, width: 4 },
    UINT32: { type: 'I32', runtimeType: 'uint32', array: Uint32Array, width: 4 },
    INT64: { type: 'I64', runtimeType: 'int64', array: BigInt64Array, width: 8 },
    UINT64: { type: 'I64', runtimeType: 'uint64', array: BigUint64Array, width: 8 },
  } satisfies Record<string, Carrier>),
);
