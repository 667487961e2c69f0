/** Conversion of elements between JSON and memory, by datatype. */
import type { Datatype } from '../service/api/tensor-inference.ts';

export interface ElementFormat {
  /** Describes an element in JSON, for messages. */
  readonly expected: string;
  /** From parsed JSON to memory; calls `refuse`, which throws, with the index of an unusable element. */
  readonly encode: (elements: readonly unknown[], refuse: (index: number) => never) => Uint8Array;
  /** Numbers in memory as such; not for truth values. */
  readonly view?: (bytes: ArrayBuffer) => ArrayLike<number | bigint>;
  /** From memory to the inside of a JSON array; undefined if JSON cannot express an element. */
  readonly decode: (bytes: ArrayBuffer) => string | undefined;
}

/** Datatypes whose elements the Open Inference Protocol carries in JSON, but for text. */
export const ELEMENT_FORMATS: Readonly<Partial<Record<Datatype, ElementFormat>>> = {
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

/** Those, and the two for which the protocol has no words in JSON: ours has numbers. */
export const OWN_FORMATS: typeof ELEMENT_FORMATS = {
  ...ELEMENT_FORMATS,
  FP16: floats(Float16Array, (value) => Number.isFinite(Math.f16round(value))),
  BF16: brainFloats(),
};

type WholeArray =
  | typeof Uint8Array
  | typeof Uint16Array
  | typeof Uint32Array
  | typeof Int8Array
  | typeof Int16Array
  | typeof Int32Array;

/** Each kind of elements has a loop of its own: one that all share would take ten times as long. */
function numbers(Values: WholeArray, least: number, most: number): ElementFormat {
  return {
    expected: `a whole number from ${least} to ${most}`,
    encode: (elements, refuse) => {
      const values = new Values(elements.length);
      for (let index = 0; index < elements.length; index++) {
        const element = elements[index];
        const fits = typeof element === 'number' && Number.isInteger(element);
        values[index] = fits && element >= least && element <= most ? element : refuse(index);
      }
      return new Uint8Array(values.buffer);
    },
    view: (bytes) => new Values(bytes),
    decode: (bytes) => new Values(bytes).join(','),
  };
}

/** 64-bit integers: parseJsonBody gives a bigint for those that JSON.parse would round. */
function bigNumbers(
  Values: typeof BigInt64Array | typeof BigUint64Array,
  least: bigint,
  most: bigint,
): ElementFormat {
  return {
    expected: `a whole number from ${least} to ${most}`,
    encode: (elements, refuse) => {
      const values = new Values(elements.length);
      for (let index = 0; index < elements.length; index++) {
        const element = elements[index];
        const value =
          typeof element === 'number' && Number.isSafeInteger(element) ? BigInt(element) : element;
        const fits = typeof value === 'bigint' && value >= least && value <= most;
        values[index] = fits ? value : refuse(index);
      }
      return new Uint8Array(values.buffer);
    },
    view: (bytes) => new Values(bytes),
    decode: (bytes) => new Values(bytes).join(','),
  };
}

function floats(
  Values: typeof Float16Array | typeof Float32Array | typeof Float64Array,
  fits: (value: number) => boolean,
): ElementFormat {
  return {
    expected: 'a number within its range',
    encode: (elements, refuse) => {
      const values = new Values(elements.length);
      for (let index = 0; index < elements.length; index++) {
        const element = elements[index];
        const value = typeof element === 'bigint' ? Number(element) : element;
        values[index] = typeof value === 'number' && fits(value) ? value : refuse(index);
      }
      return new Uint8Array(values.buffer);
    },
    view: (bytes) => new Values(bytes),
    decode: (bytes) => {
      const values = new Values(bytes);
      if (!values.every(Number.isFinite)) return undefined;
      // join() would write negative zero as zero.
      if (!values.some((value) => Object.is(value, -0))) return values.join(',');
      return Array.from(values, (value) => (Object.is(value, -0) ? '-0.0' : value)).join(',');
    },
  };
}

/** The upper half of a 32-bit float, rounded to the nearest, of two as near to the even one. */
function brainFloats(): ElementFormat {
  const wide = floats(Float32Array, (value) => Number.isFinite(roundToBrain(value)));
  const widen = (bytes: ArrayBuffer): ArrayBuffer =>
    Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer;
  return {
    expected: wide.expected,
    encode: (elements, refuse) => {
      const values = new Float32Array(wide.encode(elements, refuse).buffer);
      const bits = new Uint32Array(values.map(roundToBrain).buffer);
      return new Uint8Array(Uint16Array.from(bits, (wideBits) => wideBits >>> 16).buffer);
    },
    view: (bytes) => new Float32Array(widen(bytes)),
    decode: (bytes) => wide.decode(widen(bytes)),
  };
}

/** A float and its bits, of one element at a time: new arrays for each would take forty times as long. */
const one = new DataView(new ArrayBuffer(4));

function roundToBrain(value: number): number {
  one.setFloat32(0, value);
  const bits = one.getUint32(0);
  one.setUint32(0, (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000);
  return one.getFloat32(0);
}
