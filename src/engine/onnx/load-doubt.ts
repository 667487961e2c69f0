import { MODEST_GRAPH } from '../../config/graph-bounds.ts';
import type { ModelFacts } from './inspect-model.ts';

/**
 * Why reading does not tell what loading a graph costs, so that it is tried first where it can do no harm. Nothing
 * but small graphs of plain operators, none of which makes much of little at load, are taken without.
 *
 * @param facts of a model that was read, so that it is within `GRAPH_BOUNDS`
 * @returns half a sentence, or `undefined` for a graph that need not be tried
 */
export function doubtOfLoad(facts: ModelFacts, fileBytes: number): string | undefined {
  const { size, inputs, outputs } = facts;
  if (size.functions > 0) return 'it has functions';
  if (size.sparseElements > 0) return 'it has sparse tensors';
  if (size.constantDoubt !== undefined) return size.constantDoubt;
  const measured = {
    nodes: size.nodes,
    levels: size.levels,
    nodePorts: size.nodePorts,
    initializers: size.initializers,
    inputs: inputs.length,
    outputs: outputs.length,
    foldedElements: size.foldedElements,
    fileBytes,
  } satisfies Record<keyof typeof MODEST_GRAPH, number>;
  for (const [name, most] of Object.entries(MODEST_GRAPH)) {
    const has = measured[name as keyof typeof MODEST_GRAPH];
    if (has > most) return `its ${name} are ${has}, over ${most}`;
  }
  return undefined;
}
