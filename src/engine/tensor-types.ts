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
