/**
 * Tests a bare graph, which has no sample, by one run on zeros of the smallest shape. Any answer passes, and so does a
 * refusal of zeros by the graph itself: only the path is tested.
 */
import { SandpiperError, inputTooLarge, invalidModel, invalidRequest } from '../../errors.ts';
import { DATATYPE_BYTES, elementCount } from '../../element-types.ts';
import { MAX_DIMENSIONS } from '../tensors/check-tensors.ts';
import type { GraphPort } from '../tensors/graph-ports.ts';
import type { ClientTensor, InferAnswer } from '../api/tensor-inference.ts';

export interface TestedGraph {
  name: string;
  inputs: readonly GraphPort[];
  tensorBytes: number;
  infer: (inputs: readonly ClientTensor[]) => Promise<InferAnswer>;
}

/** @throws SandpiperError `invalid-model` for a graph that can never run within its limits */
export async function testGraph(graph: TestedGraph): Promise<string> {
  try {
    assertShapes(graph);
    const { outputs } = await graph.infer(graph.inputs.map(zerosFor));
    return outputs.map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(',')}]`).join(', ');
  } catch (error) {
    if (!(error instanceof SandpiperError)) throw error;
    if (error.code === 'unusable-input') return 'takes no zeros';
    // What no tensor of its inputs' shapes can be is the graph's fault, not that of a request.
    if (error.code !== 'input-too-large' && error.code !== 'invalid-request') throw error;
    const remedy = error.code === 'input-too-large' ? ' Raise the limit in its model.json.' : '';
    throw invalidModel(`Cannot serve model ${graph.name}: ${error.message}${remedy}`, { cause: error });
  }
}

/** Checked before memory is allocated. */
function assertShapes({ inputs, tensorBytes }: TestedGraph): void {
  for (const port of inputs) {
    if (port.shape.length > MAX_DIMENSIONS)
      throw invalidRequest(
        `Input '${port.name}' has ${port.shape.length} dimensions, and a tensor has at most ${MAX_DIMENSIONS}.`,
      );
    const size =
      elementCount(smallestShape(port)) * (port.datatype === 'BYTES' ? 4 : DATATYPE_BYTES[port.datatype]);
    if (size > tensorBytes)
      throw inputTooLarge(
        `Input '${port.name}' takes ${size} bytes, over the limit tensorBytes of ${tensorBytes}.`,
      );
  }
}

function zerosFor(port: GraphPort): ClientTensor {
  const { name, datatype } = port;
  const shape = smallestShape(port);
  const elements = elementCount(shape);
  if (datatype !== 'BYTES')
    return { name, datatype, shape, data: new Uint8Array(elements * DATATYPE_BYTES[datatype]) };
  return { name, datatype, shape, data: Array.from({ length: elements }, () => new Uint8Array(0)) };
}

/** Takes 1 for a dynamic dimension. */
function smallestShape({ shape }: GraphPort): number[] {
  return shape.map((dimension) => (dimension === -1 ? 1 : dimension));
}
