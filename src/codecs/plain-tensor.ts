/** Tensors in JSON where no protocol says how: in the API's own forms and in a model's manifest. */
import { invalidRequest } from '../errors.ts';
import type { ClientTensor, Datatype } from '../service/api/tensor-inference.ts';
import { OWN_FORMATS } from './element-formats.ts';
import { readJsonTensor, type JsonTensor } from './json-tensor.ts';

/**
 * As the Open Inference Protocol writes one, of which the datatype may be left out; or its elements alone, nested by its
 * shape. FP16 and BF16, which that protocol refuses in JSON, are numbers as well.
 *
 * @param bytesElements most elements of a BYTES tensor
 * @throws SandpiperError `invalid-request`
 */
export function readPlainTensor(
  { name, datatype }: { name: string; datatype: Datatype },
  value: unknown,
  bytesElements: number,
): ClientTensor {
  const isWhole = typeof value === 'object' && value !== null && !Array.isArray(value);
  const { shape, data, parameters, ...others }: Partial<JsonTensor> = isWhole
    ? value
    : { shape: shapeOf(name, value), data: [value].flat() };
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw invalidRequest(`Input "${name}": expected a tensor, {"shape": [2], "data": [1, 2]}.`);
  const given = others.datatype ?? datatype;
  if (given !== datatype)
    throw invalidRequest(`Input "${name}" is of ${JSON.stringify(given)}: expected "${datatype}".`);
  return readJsonTensor({ name, datatype, shape, data, parameters }, bytesElements, OWN_FORMATS);
}

/** @throws SandpiperError `invalid-request` for lists of one level that are of several lengths */
function shapeOf(name: string, value: unknown): number[] {
  const shape: number[] = [];
  for (let level = [value]; level.some(Array.isArray); level = level.flat()) {
    const [first] = level;
    const size = Array.isArray(first) ? first.length : -1;
    if (!level.every((one) => Array.isArray(one) && one.length === size))
      throw invalidRequest(`Input "${name}": its lists are not all of one length, as a tensor's are.`);
    shape.push(size);
  }
  return shape;
}
