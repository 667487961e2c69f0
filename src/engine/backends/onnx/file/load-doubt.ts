import { PLAIN_GRAPH } from '../../../../config/graph-bounds.ts';
import type { ModelFacts } from './inspect-model.ts';

/**
 * Why the cost of loading a graph cannot be read from its file, so that it must be tried in another process first. Only
 * a few nodes of plain arithmetic need no trial: the engine computes constants at load, and ends the process over the
 * shapes of some graphs that look like any other.
 *
 * @param facts of a model that was read, so that it is within `GRAPH_BOUNDS`
 * @returns half a sentence, or `undefined` for a graph that need not be tried
 */
export function doubtOfLoad({ size, inputs, outputs }: ModelFacts, fileBytes: number): string | undefined {
  if (size.functions > 0) return 'it has functions';
  if (size.sparseElements > 0) return 'it has sparse tensors';
  if (size.levels > 1) return 'it has graphs inside';
  if (size.nodeDoubt !== undefined) return size.nodeDoubt;
  const measured = {
    nodes: size.nodes,
    initializers: size.initializers,
    inputs: inputs.length,
    outputs: outputs.length,
    fileBytes,
  } satisfies Record<keyof typeof PLAIN_GRAPH, number>;
  for (const [name, most] of Object.entries(PLAIN_GRAPH)) {
    const has = measured[name as keyof typeof PLAIN_GRAPH];
    if (has > most) return `its ${name} are ${has}, over ${most}`;
  }
  return undefined;
}
