/**
 * The one table of element types: those of ONNX, and what they are to wasi:nn, to the Open Inference Protocol and to
 * wit/prediction.wit.
 *
 * Types without a wasi:nn type of their own travel in the one of the same width, bit for bit: BOOL as U8 of 0 and 1,
 * INT8 as U8, UINT32 as I32, UINT64 as I64. INT16, UINT16 and STRING have none: only graphs without a component take
 * them. What has no datatype of the protocol is refused everywhere.
 */

interface ElementFacts {
  /** `TensorProto.DataType` of onnx.proto. */
  readonly number: number;
  /** Bits of one element, packed; undefined if elements differ in size. */
  readonly bits?: number;
  /** Datatype of the Open Inference Protocol, or Triton's BF16. */
  readonly datatype?: string;
  /** Element type of wit/prediction.wit. */
  readonly valueType?: string;
  /** Tensor type of wasi:nn. */
  readonly tensorType?: string;
}

const TABLE = {
  UNDEFINED: { number: 0 },
  FLOAT: { number: 1, bits: 32, datatype: 'FP32', valueType: 'float32', tensorType: 'FP32' },
  UINT8: { number: 2, bits: 8, datatype: 'UINT8', valueType: 'uint8', tensorType: 'U8' },
  INT8: { number: 3, bits: 8, datatype: 'INT8', valueType: 'int8', tensorType: 'U8' },
  UINT16: { number: 4, bits: 16, datatype: 'UINT16', valueType: 'uint16' },
  INT16: { number: 5, bits: 16, datatype: 'INT16', valueType: 'int16' },
  INT32: { number: 6, bits: 32, datatype: 'INT32', valueType: 'int32', tensorType: 'I32' },
  INT64: { number: 7, bits: 64, datatype: 'INT64', valueType: 'int64', tensorType: 'I64' },
  STRING: { number: 8, datatype: 'BYTES', valueType: 'text' },
  BOOL: { number: 9, bits: 8, datatype: 'BOOL', valueType: 'boolean', tensorType: 'U8' },
  FLOAT16: { number: 10, bits: 16, datatype: 'FP16', valueType: 'float16', tensorType: 'FP16' },
  DOUBLE: { number: 11, bits: 64, datatype: 'FP64', valueType: 'float64', tensorType: 'FP64' },
  UINT32: { number: 12, bits: 32, datatype: 'UINT32', valueType: 'uint32', tensorType: 'I32' },
  UINT64: { number: 13, bits: 64, datatype: 'UINT64', valueType: 'uint64', tensorType: 'I64' },
  COMPLEX64: { number: 14, bits: 64 },
  COMPLEX128: { number: 15, bits: 128 },
  BFLOAT16: { number: 16, bits: 16, datatype: 'BF16', valueType: 'bfloat16', tensorType: 'BF16' },
  FLOAT8E4M3FN: { number: 17, bits: 8 },
  FLOAT8E4M3FNUZ: { number: 18, bits: 8 },
  FLOAT8E5M2: { number: 19, bits: 8 },
  FLOAT8E5M2FNUZ: { number: 20, bits: 8 },
  UINT4: { number: 21, bits: 4 },
  INT4: { number: 22, bits: 4 },
  FLOAT4E2M1: { number: 23, bits: 4 },
  FLOAT8E8M0: { number: 24, bits: 8 },
  UINT2: { number: 25, bits: 2 },
  INT2: { number: 26, bits: 2 },
  FLOAT6E2M3: { number: 27 },
  FLOAT6E3M2: { number: 28 },
} as const satisfies Record<string, ElementFacts>;

export type ElementType = keyof typeof TABLE;

export type Datatype = Extract<(typeof TABLE)[ElementType], { datatype: string }>['datatype'];

export type ValueType = Extract<(typeof TABLE)[ElementType], { valueType: string }>['valueType'];

export type TensorType = Extract<(typeof TABLE)[ElementType], { tensorType: string }>['tensorType'];

/** wasi:nn's tensor types, in the order of the specification. */
export const TENSOR_TYPES = [
  'FP16',
  'FP32',
  'FP64',
  'BF16',
  'U8',
  'I32',
  'I64',
] as const satisfies readonly TensorType[];

interface KnownElement extends ElementFacts {
  readonly datatype?: Datatype;
  readonly valueType?: ValueType;
  readonly tensorType?: TensorType;
}

/** Element types by name. A graph may name a type that is not among them. */
export const ELEMENTS: ReadonlyMap<string, KnownElement> = new Map(Object.entries(TABLE));

export const { STRING, BOOL } = TABLE;

const NAMES = new Map([...ELEMENTS].map(([name, { number }]) => [number, name as ElementType]));

/** The name of an element type by its number in the file; `undefined` for a number ONNX does not define. */
export function elementTypeName(number: number): ElementType | undefined {
  return NAMES.get(number);
}

/** The number of an element type in a file; 0 (UNDEFINED) for a name that ONNX does not define. */
export function elementTypeNumber(name: string): number {
  return ELEMENTS.get(name)?.number ?? TABLE.UNDEFINED.number;
}

/** Bytes of one element by a name of its type; names of elements that differ in size are left out. */
function bytesBy(kind: 'datatype' | 'valueType' | 'tensorType'): Record<string, number> {
  const named = [...ELEMENTS.values()].flatMap(({ bits, [kind]: name }) =>
    name === undefined || bits === undefined ? [] : [[name, bits / 8] as const],
  );
  return Object.fromEntries(named);
}

export const DATATYPE_BYTES = bytesBy('datatype') as Readonly<Record<Exclude<Datatype, 'BYTES'>, number>>;
export const TENSOR_TYPE_BYTES = bytesBy('tensorType') as Readonly<Record<TensorType, number>>;
export const VALUE_TYPE_BYTES = bytesBy('valueType') as Readonly<Record<Exclude<ValueType, 'text'>, number>>;

const PAIRS = [...ELEMENTS.values()].flatMap(({ datatype, valueType }) =>
  datatype === undefined || valueType === undefined ? [] : [[datatype, valueType] as const],
);

/** Datatypes of the Open Inference Protocol, and Triton's BF16. */
export const DATATYPES: readonly Datatype[] = PAIRS.map(([datatype]) => datatype).toSorted();

export const VALUE_TYPE_OF = Object.fromEntries(PAIRS) as Readonly<Record<Datatype, ValueType>>;

export const DATATYPE_OF = Object.fromEntries(
  PAIRS.map(([datatype, valueType]) => [valueType, datatype]),
) as Readonly<Record<ValueType, Datatype>>;

/** Number of elements; 1 for a scalar's empty shape. Inexact beyond 2^53, which is far over every limit. */
export function elementCount(shape: Iterable<number>): number {
  let count = 1;
  for (const dimension of shape) count *= dimension;
  return count;
}
