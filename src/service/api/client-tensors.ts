/** Clients' tensors: sizes, and tensors from plain values. */
import type { NamedInput } from './predictions.ts';
import type { ClientTensor } from './tensor-inference.ts';

/** Bytes of all tensors together. */
export function byteLengthOf(tensors: readonly ClientTensor[]): number {
  const parts = tensors.flatMap(({ data }) => (data instanceof Uint8Array ? [data] : data));
  return parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Bytes of all values of a request together. */
export function givenBytes(inputs: readonly NamedInput[]): number {
  return inputs.reduce((sum, input) => sum + bytesOfInput(input), 0);
}

function bytesOfInput(input: NamedInput): number {
  switch (input.kind) {
    case 'file':
      return input.bytes.byteLength;
    case 'text':
      return input.text.length;
    case 'json':
      return input.json.length;
    case 'tensor':
      return byteLengthOf([{ name: input.name, ...input.tensor }]);
  }
}

export function textTensor(name: string, shape: readonly number[], texts: readonly string[]): ClientTensor {
  return { name, datatype: 'BYTES', shape, data: texts.map((text) => Buffer.from(text)) };
}

export function floatTensor(name: string, shape: readonly number[], values: readonly number[]): ClientTensor {
  return { name, datatype: 'FP32', shape, data: bytesOf(Float32Array.from(values)) };
}

/** @param values whole */
export function integerTensor(
  name: string,
  shape: readonly number[],
  values: readonly number[],
): ClientTensor {
  return { name, datatype: 'INT64', shape, data: bytesOf(BigInt64Array.from(values, BigInt)) };
}

function bytesOf({ buffer }: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer);
}
