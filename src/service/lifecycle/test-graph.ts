/**
 * The sample of a bare graph, which has none: one run on zeros of the smallest shape. That the graph itself refuses
 * zeros says nothing against it, and any answer will do: it is the path that is tried.
 */
import { SandpiperError } from '../../errors.ts';
import { DATATYPE_BYTES } from '../../element-types.ts';
import { elementCount } from '../api/client-tensors.ts';
import type { GraphPort } from '../tensors/graph-ports.ts';
import type { ServedGraph } from '../models/served-graph.ts';
import type { SampleResult } from '../api/tasks.ts';
import type { ClientTensor } from '../api/tensor-inference.ts';

/** @throws SandpiperError `invalid-model` for a graph that its own limits keep from ever being run */
export async function testGraph(model: ServedGraph): Promise<SampleResult> {
  const started = performance.now();
  using scope = model.scope({});
  const answer = await runOnZeros(model, scope);
  return { model: model.name, sample: 'zeros', answer, ms: performance.now() - started };
}

async function runOnZeros(model: ServedGraph, scope: ReturnType<ServedGraph['scope']>): Promise<string> {
  try {
    assertSizes(model);
    const { outputs } = await model.infer(model.ports.inputs.map(zerosFor), {}, scope);
    return outputs.map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(',')}]`).join(', ');
  } catch (error) {
    if (!(error instanceof SandpiperError)) throw error;
    if (error.code === 'unusable-input') return 'takes no zeros';
    if (error.code !== 'input-too-large') throw error;
    throw new SandpiperError(
      'invalid-model',
      `Cannot serve model ${model.name}: ${error.message} Raise the limit in its model.json.`,
      { cause: error },
    );
  }
}

/** Before memory is taken for them. */
function assertSizes({ ports, folder: { limits } }: ServedGraph): void {
  for (const port of ports.inputs) {
    const size =
      elementCount(smallestShape(port)) * (port.datatype === 'BYTES' ? 4 : DATATYPE_BYTES[port.datatype]);
    if (size > limits.tensorBytes)
      throw new SandpiperError(
        'input-too-large',
        `Input '${port.name}' takes ${size} bytes, over the limit tensorBytes of ${limits.tensorBytes}.`,
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

/** A dynamic dimension is 1. */
function smallestShape({ shape }: GraphPort): number[] {
  return shape.map((dimension) => (dimension === -1 ? 1 : dimension));
}
