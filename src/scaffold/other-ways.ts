/** For a graph that is no image classifier: what it is, and how it is served nevertheless, as sentences. */
import { join } from 'node:path';
import type { InspectedGraph } from '../engine/inspect-graph.ts';
import { describeGraph } from './describe-port.ts';
import { forShell } from './for-shell.ts';

export interface Place {
  /** The graph's file. */
  file: string;
  /** The model's name. */
  name: string;
  /** Where its next version would be. */
  folder: string;
  /** Files in which it has its data, by their paths from its own folder. */
  data: readonly string[];
}

/** @param component whether one can compute the graph */
export function otherWays(
  { facts, backend }: InspectedGraph,
  { file, name, folder, data }: Place,
  { component }: { component: boolean },
): string {
  const target = join(folder, `model${backend.extension}`);
  const sentences = [
    describeGraph(facts),
    `To serve it as it is, tensors in and tensors out, copy it to ${target}${data.map((one) => `, and ${one} to ${join(folder, one)}`).join('')}.`,
  ];
  if (component)
    sentences.push(
      `To put a component of your own before it: sandpiper new ${forShell(name)} --lang javascript --task prediction --model ${forShell(file)}`,
    );
  return sentences.join(' ');
}
