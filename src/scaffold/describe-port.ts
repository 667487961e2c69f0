import type { GraphFacts, PortFacts } from '../engine/graph-facts.ts';

/** Most inputs or outputs that a sentence names: a text model with its cache has dozens. */
const MOST = 8;

/** `"x" FLOAT batch x 3 x 224 x 224` */
export function describePort({ name, elementType, dimensions }: PortFacts): string {
  const shape = dimensions?.map((size) => size ?? '?').join(' x ');
  return `"${name}" ${elementType} ${shape === undefined ? 'of any shape' : shape || 'without dimensions'}`;
}

/** A sentence. Inputs with a default are left out. */
export function describeGraph({ inputs, outputs }: GraphFacts): string {
  const needed = inputs.filter(({ optional }) => optional !== true);
  return `The graph takes ${describePorts(needed)}, and gives ${describePorts(outputs)}.`;
}

function describePorts(ports: readonly PortFacts[]): string {
  const more = ports.length > MOST ? [`${ports.length - MOST} more`] : [];
  return [...ports.slice(0, MOST).map(describePort), ...more].join(', ') || 'nothing';
}
