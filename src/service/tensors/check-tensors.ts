/**
 * Checks a client's tensors against a bare graph, before the engine is called. Messages begin like Triton's, which
 * clients may match.
 */
import type { BareTensor } from '../../engine/bare-tensor.ts';
import { packElements } from '../../byte-elements.ts';
import type { ModelLimits } from '../../config/limits.ts';
import { inputTooLarge, invalidRequest } from '../../errors.ts';
import { DATATYPE_BYTES, elementCount } from '../../element-types.ts';
import type { GraphPort } from './graph-ports.ts';
import type { ClientTensor } from '../api/tensor-inference.ts';

/** Most dimensions of a tensor, as in NumPy. */
export const MAX_DIMENSIONS = 64;

export interface TensorCheck {
  /** For messages. */
  model: string;
  inputs: readonly GraphPort[];
  limits: Pick<ModelLimits, 'tensorBytes' | 'requestTensorBytes'>;
}

/**
 * @returns the tensors in the form that the engine takes
 * @throws SandpiperError `invalid-request` or `input-too-large`, naming the input
 */
export function checkTensors(
  { model, inputs: ports, limits }: TensorCheck,
  tensors: readonly ClientTensor[],
): BareTensor[] {
  const given = new Map<string, BareTensor>();
  const byName = new Map(ports.map((port) => [port.name, port]));
  for (const tensor of tensors) {
    const port = byName.get(tensor.name);
    if (port === undefined)
      throw invalidRequest(
        `unexpected inference input '${tensor.name.slice(0, 100)}' for model '${model}', which takes ${listOf(ports)}`,
      );
    if (given.has(port.name)) throw invalidRequest(`input '${port.name}' already exists in request`);
    given.set(port.name, checkTensor(tensor, port, model, limits.tensorBytes));
  }
  const missing = ports.filter(({ name }) => !given.has(name));
  if (missing.length > 0)
    throw invalidRequest(
      `expected ${ports.length} inputs but got ${given.size} inputs for model '${model}'. Got input(s) ${listOf([...given.values()])}, but missing required input(s) ${listOf(missing)}. Please provide all required input(s).`,
    );
  const total = bytesOf([...given.values()]);
  if (total > limits.requestTensorBytes)
    throw inputTooLarge(
      `The inputs take ${total} bytes, over the limit requestTensorBytes of ${limits.requestTensorBytes}.`,
    );
  return [...given.values()];
}

export function bytesOf(tensors: readonly BareTensor[]): number {
  return tensors.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
}

function checkTensor(tensor: ClientTensor, port: GraphPort, model: string, tensorBytes: number): BareTensor {
  const { name, datatype, shape } = tensor;
  if (datatype !== port.datatype)
    throw invalidRequest(
      `inference input '${name}' data-type is '${datatype}', but model '${model}' expects '${port.datatype}'`,
    );
  if (!fits(shape, port))
    throw invalidRequest(
      `unexpected shape for input '${name}' for model '${model}'. Expected ${port.anyRank ? `at most ${MAX_DIMENSIONS} whole numbers from 0` : shapeOf(port.shape)}, got ${shapeOf(shape)}.`,
    );
  const elements = elementCount(shape);
  const bytes = bytesFor(tensor, elements, model);
  if (bytes.byteLength > tensorBytes)
    throw inputTooLarge(
      `Input '${name}' takes ${bytes.byteLength} bytes, over the limit tensorBytes of ${tensorBytes}.`,
    );
  // A scalar may be given with one dimension.
  return { name, dimensions: !port.anyRank && port.shape.length === 0 ? [] : [...shape], bytes };
}

function fits(shape: readonly number[], port: GraphPort): boolean {
  if (shape.length > MAX_DIMENSIONS) return false;
  if (!shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0)) return false;
  if (port.anyRank) return true;
  if (port.shape.length === 0 && shape.length === 1) return shape[0] === 1;
  return (
    shape.length === port.shape.length &&
    port.shape.every((wanted, axis) => wanted === -1 || wanted === shape[axis])
  );
}

function bytesFor({ name, datatype, data }: ClientTensor, elements: number, model: string): Uint8Array {
  if (datatype === 'BYTES') {
    const found = data instanceof Uint8Array ? 0 : data.length;
    if (data instanceof Uint8Array || found !== elements)
      throw invalidRequest(
        `unexpected number of string elements ${found} for inference input '${name}' of model '${model}', expecting ${elements}`,
      );
    return packElements(data);
  }
  const expected = elements * DATATYPE_BYTES[datatype];
  const found = data instanceof Uint8Array ? data.byteLength : 0;
  if (!(data instanceof Uint8Array) || found !== expected)
    throw invalidRequest(
      `input byte size mismatch for input '${name}' for model '${model}'. Expected ${expected}, got ${found}`,
    );
  return data;
}

function listOf(tensors: readonly { name: string }[]): string {
  return `[${tensors.map(({ name }) => `'${name}'`).join(',')}]`;
}

function shapeOf(shape: readonly number[]): string {
  const more = shape.length > MAX_DIMENSIONS ? ',…' : '';
  return `[${shape.slice(0, MAX_DIMENSIONS).join(',')}${more}]`;
}
