/** Tensors in JSON where no protocol says how: in the API's own forms and in a model's manifest. */
import { SandpiperError, invalidRequest } from '../errors.ts';
import type { ClientTensor, Datatype } from '../service/api/tensor-inference.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { OWN_FORMATS } from './element-formats.ts';
import { readJsonTensor, writeJsonData, type JsonTensor } from './json-tensor.ts';

/** As {@link writePlainTensor} writes it. */
interface PlainTensor extends JsonTensor {
  base64?: unknown;
}

/**
 * As the Open Inference Protocol writes one, of which the datatype may be left out, or with `base64` in the place of `data`;
 * or its elements alone, nested by its shape. FP16 and BF16, which that protocol refuses in JSON, are numbers as well.
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
  const { shape, data, base64, parameters, ...others }: Partial<PlainTensor> = isWhole
    ? value
    : { shape: shapeOf(name, value), data: [value].flat() };
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw invalidRequest(`Input "${name}": expected a tensor, {"shape": [2], "data": [1, 2]}.`);
  const given = others.datatype ?? datatype;
  if (given !== datatype)
    throw invalidRequest(`Input "${name}" is of ${JSON.stringify(given)}: expected "${datatype}".`);
  if (base64 === undefined)
    return readJsonTensor({ name, datatype, shape, data, parameters }, bytesElements, OWN_FORMATS);
  if (datatype !== 'BYTES') {
    const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined;
    if (bytes !== undefined) return { name, datatype, shape, data: bytes };
    throw invalidRequest(`Input "${name}": expected the bytes of its elements, in base64.`);
  }
  return readJsonTensor(
    { name, datatype, shape, data: base64, parameters: { content_type: 'base64' } },
    bytesElements,
  );
}

/** A tensor that JSON has no words for has `base64`: its bytes, or of BYTES a list with those of each element. */
export function writePlainTensor({ name, ...tensor }: ClientTensor): string {
  const { datatype, shape, data } = tensor;
  const head = JSON.stringify({ datatype, shape }).slice(0, -1);
  try {
    return `${head},"data":${writeJsonData({ name, ...tensor }, OWN_FORMATS)}}`;
  } catch (error) {
    if (!(error instanceof SandpiperError)) throw error;
    const base64 = data instanceof Uint8Array ? encodeBase64(data) : data.map(encodeBase64);
    return `${head},"base64":${JSON.stringify(base64)}}`;
  }
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
