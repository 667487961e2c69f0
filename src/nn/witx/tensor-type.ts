/**
 * Maps the number of a tensor's type to the type.
 *
 * There are three numberings: that of wasi-nn.witx, which WasmEdge follows since 0.15; that of WasmEdge up to 0.14.1 and
 * WAMR's `wasi_nn`; and the order of the WIT, in some releases of WAMR. No number has two meanings with elements of the
 * same size, so the length of the data decides, except for tensors without elements.
 */
import { elementCount, TENSOR_TYPES, TENSOR_TYPE_BYTES, type TensorType } from '../../element-types.ts';
import { NnFailure } from '../nn-error.ts';

export const TENSOR_NUMBERINGS = {
  witx: ['FP16', 'FP32', 'FP64', 'U8', 'I32', 'I64'],
  'wasmedge-0.14': ['FP16', 'FP32', 'U8', 'I32'],
  wit: TENSOR_TYPES,
} as const satisfies Record<string, readonly TensorType[]>;

export type TensorNumbering = keyof typeof TENSOR_NUMBERINGS;

export interface NumberedTensor {
  number: number;
  dimensions: Uint32Array;
  byteLength: number;
  /** Type of the graph's input; decides if the data cannot. */
  wanted: TensorType | undefined;
}

/**
 * @param numbering undefined to detect it
 * @throws NnFailure `invalid-argument`
 */
export function tensorTypeOf(tensor: NumberedTensor, numbering?: TensorNumbering): TensorType {
  const { number, dimensions, byteLength, wanted } = tensor;
  const numberings = numbering === undefined ? Object.keys(TENSOR_NUMBERINGS) : [numbering];
  const meanings = (numberings as TensorNumbering[]).flatMap((each) => TENSOR_NUMBERINGS[each][number] ?? []);
  const [first] = meanings;
  if (first === undefined) throw new NnFailure('invalid-argument', `There is no tensor type ${number}.`);
  const elements = elementCount(dimensions);
  const fitting = meanings.filter((type) => elements * TENSOR_TYPE_BYTES[type] === byteLength);
  return fitting.find((type) => type === wanted) ?? fitting[0] ?? first;
}
