/** How the elements of each datatype are written in JSON and lie in memory. */
import type { Datatype } from '../../service/tensor-inference.ts';

export interface ElementFormat {
  /** What an element is in JSON, for messages. */
  readonly expected: string;
  /** Elements as they came from JSON, to memory; `refuse` throws for the one at an index. */
  readonly encode: (elements: readonly unknown[], refuse: (index: number) => never) => Uint8Array;
  /** To the inside of a JSON array; undefined where JSON has no word for an element. */
  readonly decode: (bytes: ArrayBuffer) => string | undefined;
}

/** Of all datatypes but those that JSON carries as text, or not at all. */
export const ELEMENT_FORMATS: Readonly<Record<Exclude<Datatype, 'BYTES' | 'FP16' | 'BF16'>, ElementFormat>> =
  {
    BOOL: {
      expected: 'true or false',
      encode: (elements, refuse) =>
        Uint8Array.from(elements, (element, index) =>
          typeof element === 'boolean' ? Number(element) : refuse(index),
        ),
      decode: (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte !== 0).join(','),
    },
    UINT8: numbers(Uint8Array, 0, 0xff),
    UINT16: numbers(Uint16Array, 0, 0xffff),
    UINT32: numbers(Uint32Array, 0, 0xffffffff),
    UINT64: bigNumbers(BigUint64Array, 0n, 2n ** 64n - 1n),
    INT8: numbers(Int8Array, -0x80, 0x7f),
    INT16: numbers(Int16Array, -0x8000, 0x7fff),
    INT32: numbers(Int32Array, -0x80000000, 0x7fffffff),
    INT64: bigNumbers(BigInt64Array, -(2n ** 63n), 2n ** 63n - 1n),
    FP32: floats(Float32Array, (value) => Number.isFinite(Math.fround(value))),
    FP64: floats(Float64Array, Number.isFinite),
  };

interface NumberArray {
  new (bytes: ArrayBuffer): {
    join(separator: string): string;
    every(test: (value: number) => boolean): boolean;
  };
  from(
    elements: readonly unknown[],
    map: (element: unknown, index: number) => number,
  ): { buffer: ArrayBuffer };
}

function numbers(Values: NumberArray, least: number, most: number): ElementFormat {
  const fits = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  return {
    expected: `a whole number from ${least} to ${most}`,
    encode: (elements, refuse) =>
      new Uint8Array(
        Values.from(elements, (element, index) => (fits(element) ? element : refuse(index))).buffer,
      ),
    decode: (bytes) => new Values(bytes).join(','),
  };
}

/** Whole numbers that JSON.parse would round come as bigint: see parseJsonBody. */
function bigNumbers(
  Values: typeof BigInt64Array | typeof BigUint64Array,
  least: bigint,
  most: bigint,
): ElementFormat {
  const toBig = (element: unknown): bigint | undefined => {
    const value = Number.isSafeInteger(element) ? BigInt(Number(element)) : element;
    return typeof value === 'bigint' && value >= least && value <= most ? value : undefined;
  };
  return {
    expected: `a whole number from ${least} to ${most}`,
    encode: (elements, refuse) => {
      const values = Values.from(elements.map((element, index) => toBig(element) ?? refuse(index)));
      return new Uint8Array(values.buffer);
    },
    decode: (bytes) => new Values(bytes).join(','),
  };
}

function floats(Values: NumberArray, fits: (value: number) => boolean): ElementFormat {
  return {
    expected: 'a number within its range',
    encode: (elements, refuse) =>
      new Uint8Array(
        Values.from(elements, (element, index) => {
          const value = typeof element === 'bigint' ? Number(element) : element;
          return typeof value === 'number' && fits(value) ? value : refuse(index);
        }).buffer,
      ),
    decode: (bytes) => {
      const values = new Values(bytes);
      return values.every(Number.isFinite) ? values.join(',') : undefined;
    },
  };
}
