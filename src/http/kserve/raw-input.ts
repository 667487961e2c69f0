/** Reads a raw request, whose body is the tensor of a model with a single input. */
import { invalidRequest } from '../../errors.ts';
import { DATATYPE_BYTES, elementCount } from '../../element-types.ts';
import type { ClientTensor, ModelDescription } from '../../service/api/tensor-inference.ts';
import type { BodyChunks } from '../body/body-chunks.ts';

/** @throws SandpiperError `invalid-request` if the shape does not follow from the number of bytes */
export function readRawInput(body: BodyChunks, model: ModelDescription): ClientTensor {
  const needed = model.inputs.filter(({ optional }) => optional !== true);
  const [port, second] = needed.length === 0 ? model.inputs : needed;
  if (port === undefined || second !== undefined) {
    throw invalidRequest(
      `Raw request must only have 1 input (found 1) to be deduced but got ${model.inputs.length} inputs in '${model.name}' model configuration`,
    );
  }
  const { name, datatype } = port;
  // A batch of one.
  const shape = model.maxBatchSize > 0 ? [1, ...port.shape.slice(1)] : [...port.shape];
  const variable = shape.indexOf(-1);
  if (datatype === 'BYTES') {
    if (variable >= 0 || elementCount(shape) !== 1) {
      throw invalidRequest(`For BYTE datatype raw input '${name}', the model must have input shape [1]`);
    }
    return { name, datatype, shape, data: [body.take(body.left)] };
  }
  if (shape.lastIndexOf(-1) !== variable) {
    throw invalidRequest(
      `The shape of the raw input '${name}' can not be deduced because there are more than one variable-sized dimension`,
    );
  }
  if (variable >= 0) {
    const others = elementCount(shape.toSpliced(variable, 1)) * DATATYPE_BYTES[datatype];
    shape[variable] = others === 0 ? 0 : Math.floor(body.left / others);
  }
  return { name, datatype, shape, data: body.take(body.left) };
}
