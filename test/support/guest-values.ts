import type { Value } from './guest-script.ts';

/** Tensors for scripts, from numbers. Without dimensions: a vector. */

type Dims = readonly number[];

export const f32 = (elements: readonly number[], dimensions: Dims = [elements.length]): Value => ({
  type: 'FP32',
  dimensions,
  data: Float32Array.from(elements),
});

export const i64 = (elements: readonly (number | bigint)[], dimensions: Dims = [elements.length]): Value => ({
  type: 'I64',
  dimensions,
  data: BigInt64Array.from(elements.map(BigInt)),
});

export const u8 = (elements: readonly number[], dimensions: Dims = [elements.length]): Value => ({
  type: 'U8',
  dimensions,
  data: Uint8Array.from(elements),
});

/** The same value as it comes back from the guest, whose data are plain bytes. */
export function asRead({ type, dimensions, data }: Value): Value {
  return { type, dimensions, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
