/** Tensors as JSON: row-major elements, nested or flat. */
import { SandpiperError, invalidRequest } from '../errors.ts';
import { elementCount } from '../element-types.ts';
import type { ClientTensor, Datatype } from '../service/api/tensor-inference.ts';
import { decodeBase64 } from './base64.ts';
import { assertFewElements } from './binary-tensor.ts';
import { ELEMENT_FORMATS } from './element-formats.ts';

export interface JsonTensor {
  name: string;
  shape: readonly number[];
  datatype: Datatype;
  parameters?: { content_type?: unknown } | undefined;
  /** Row-major, nested or flat. */
  data?: unknown;
}

/**
 * @param bytesElements most elements of a BYTES tensor
 * @param formats of the elements: those of the Open Inference Protocol, or our own
 * @throws SandpiperError `invalid-request` for elements of another datatype, or not as many as the shape says
 */
export function readJsonTensor(
  input: JsonTensor,
  bytesElements: number,
  formats = ELEMENT_FORMATS,
): ClientTensor {
  const { name, shape, datatype, parameters, data } = input;
  if (!Array.isArray(data)) throw invalidRequest(`input '${name}': expected 'data' to be an array`);
  const format = formats[datatype];
  if (format === undefined && datatype !== 'BYTES') {
    throw invalidRequest(
      `receiving ${datatype} data via JSON is not supported. Please use the binary data format for input ${name}`,
    );
  }
  const elements: readonly unknown[] = data.some(Array.isArray) ? data.flat(Infinity) : data;
  const count = elementCount(shape);
  if (elements.length !== count) {
    throw invalidRequest(
      `input '${name}': shape [${shape.join(',')}] has ${count} elements and its 'data' has ${elements.length}`,
    );
  }
  if (format === undefined) {
    assertFewElements(name, count, bytesElements);
    const decode = parameters?.content_type === 'base64' ? fromBase64 : fromText;
    return { name, shape, datatype, data: elements.map((element, index) => decode(element, input, index)) };
  }
  const { encode, expected } = format;
  const refuse = (index: number): never => refuseElement(input, index, elements[index], expected);
  return { name, shape, datatype, data: encode(elements, refuse) };
}

/**
 * The elements of a tensor as a flat JSON array.
 *
 * @throws SandpiperError `unsupported-request` for elements that JSON cannot express
 */
export function writeJsonData({ name, datatype, data }: ClientTensor, formats = ELEMENT_FORMATS): string {
  if (!(data instanceof Uint8Array)) return JSON.stringify(data.map((element) => toText(name, element)));
  const format = formats[datatype];
  if (format === undefined) throw inBinary(name, `is ${datatype}`);
  const text = format.decode(alignedBuffer(data));
  if (text === undefined) throw inBinary(name, 'holds NaN or infinity, for which JSON has no words');
  return `[${text}]`;
}

/**
 * The error for an output that JSON cannot hold, with the remedy.
 *
 * @param orElse another remedy, which is named first
 */
export function inBinary(name: string, why: string, orElse = ''): SandpiperError {
  return new SandpiperError(
    'unsupported-request',
    `output '${name}' ${why}: ask for it ${orElse}in binary, with its parameter binary_data or the request's binary_data_output, or name in "outputs" what you want without it`,
  );
}

/** The bytes in a buffer of their own, which is aligned for every element type. */
export function alignedBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return buffer;
  return Uint8Array.from(bytes).buffer;
}

function fromText(element: unknown, input: JsonTensor, index: number): Uint8Array {
  // A lone surrogate would silently become a replacement character.
  if (typeof element === 'string' && element.isWellFormed()) return Buffer.from(element);
  return refuseElement(input, index, element, 'text');
}

function fromBase64(element: unknown, input: JsonTensor, index: number): Uint8Array {
  const bytes = typeof element === 'string' ? decodeBase64(element) : undefined;
  return bytes ?? refuseElement(input, index, element, 'base64, as its content_type says,');
}

function toText(name: string, element: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(element);
  } catch {
    throw inBinary(
      name,
      'holds bytes that are no UTF-8 text',
      'in base64, with its parameter content_type of "base64", or ',
    );
  }
}

function refuseElement(
  { name, datatype }: JsonTensor,
  index: number,
  element: unknown,
  expected: string,
): never {
  const text = typeof element === 'bigint' ? String(element) : JSON.stringify(element);
  const got = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw invalidRequest(`input '${name}', element ${index}: expected ${expected} for ${datatype}, got ${got}`);
}
