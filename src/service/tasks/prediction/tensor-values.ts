/** Tensors of clients and of components: the same elements under other names. */
import { joinBytes, readBinaryTensor, writeBinaryTensor } from '../../../codecs/binary-tensor.ts';
import { DATATYPE_BYTES, DATATYPE_OF, VALUE_TYPE_OF, elementCount } from '../../../element-types.ts';
import { inputTooLarge, invalidRequest } from '../../../errors.ts';
import type { GuestTensor } from '../../../sandbox/prediction/guest-values.ts';
import type { PredictionTensor, TensorKind } from '../../api/predictions.ts';

/** @throws SandpiperError `invalid-request` for a tensor that is not of this kind, or not as large as its shape says */
export function toGuestTensor(
  name: string,
  { datatype, shape, data }: PredictionTensor,
  wanted: TensorKind,
  tensorBytes: number,
): GuestTensor {
  if (datatype !== wanted.datatype)
    throw invalidRequest(`Input "${name}" has elements of ${datatype}: expected ${wanted.datatype}.`);
  const whole = shape.every((size) => Number.isSafeInteger(size) && size >= 0 && size < 2 ** 32);
  const fits =
    whole &&
    shape.length === wanted.shape.length &&
    wanted.shape.every((size, at) => size === -1 || size === shape[at]);
  if (!fits) {
    const any = wanted.shape.includes(-1) ? ', where -1 is any size' : '';
    throw invalidRequest(
      `Input "${name}" has the shape [${shape.join(',')}]: expected [${wanted.shape.join(',')}]${any}.`,
    );
  }
  const elements = elementCount(shape);
  const { parts, size } = writeBinaryTensor({ name, datatype, shape, data });
  const isList = Array.isArray(data);
  const sized =
    datatype === 'BYTES'
      ? isList && data.length === elements
      : !isList && size === elements * DATATYPE_BYTES[datatype];
  if (!sized) {
    const expected =
      datatype === 'BYTES'
        ? 'expected a list of as many'
        : `expected ${elements * DATATYPE_BYTES[datatype]} bytes, got ${isList ? 'a list' : size}`;
    throw invalidRequest(
      `Input "${name}": its shape has ${elements} elements of ${datatype}, and its data has not: ${expected}.`,
    );
  }
  if (size > tensorBytes) {
    throw inputTooLarge(`Input "${name}" takes ${size} bytes, over the limit tensorBytes of ${tensorBytes}.`);
  }
  const bytes = joinBytes(parts);
  if (datatype === 'BOOL' && bytes.some((byte) => byte > 1))
    throw invalidRequest(`Input "${name}" has a BOOL that is neither 0 nor 1.`);
  return { elementType: VALUE_TYPE_OF[datatype], shape: Uint32Array.from(shape), data: bytes };
}

/** A tensor of an answer, which has been checked against the description. */
export function fromGuestTensor({ elementType, shape, data }: GuestTensor): PredictionTensor {
  const datatype = DATATYPE_OF[elementType];
  const tensor = readBinaryTensor({ name: '', datatype, shape: [...shape] }, data, Infinity);
  return { datatype, shape: tensor.shape, data: tensor.data };
}
