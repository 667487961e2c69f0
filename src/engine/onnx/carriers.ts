/**
 * How ONNX element types are carried by wasi:nn's seven tensor types.
 *
 * Types without a wasi:nn type of their own travel in the one of the same width, bit for bit: BOOL as U8 of 0 and 1,
 * INT8 as U8, UINT32 as I32, UINT64 as I64. INT16, UINT16 and STRING have none: only graphs without a component take
 * them. All others are refused.
 */
import type { TensorType } from '../tensor-types.ts';
import type { ElementType } from './element-types.ts';

export interface Carrier {
  /** The wasi:nn type; undefined where none can carry it. */
  type: TensorType | undefined;
  /** Bytes of one element; undefined for strings, which differ in length. */
  width: number | undefined;
}

export const CARRIERS: ReadonlyMap<string, Carrier> = new Map(
  Object.entries({
    FLOAT16: { type: 'FP16', width: 2 },
    FLOAT: { type: 'FP32', width: 4 },
    DOUBLE: { type: 'FP64', width: 8 },
    BFLOAT16: { type: 'BF16', width: 2 },
    UINT8: { type: 'U8', width: 1 },
    INT8: { type: 'U8', width: 1 },
    BOOL: { type: 'U8', width: 1 },
    UINT16: { type: undefined, width: 2 },
    INT16: { type: undefined, width: 2 },
    INT32: { type: 'I32', width: 4 },
    UINT32: { type: 'I32', width: 4 },
    INT64: { type: 'I64', width: 8 },
    UINT64: { type: 'I64', width: 8 },
    STRING: { type: undefined, width: undefined },
  } satisfies Partial<Record<ElementType, Carrier>>),
);
