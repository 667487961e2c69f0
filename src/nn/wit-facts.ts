/** Facts of a graph as in wit/graph-facts.wit, in the form that the generated glue lowers. */
import type { GraphFacts, PortFacts } from '../engine/graph-facts.ts';
import type { TensorType } from '../element-types.ts';

type WitDimension =
  { tag: 'fixed'; val: bigint } | { tag: 'named'; val: string } | { tag: 'unknown'; val?: undefined };

interface WitPort {
  name: string;
  ty: TensorType | undefined;
  elementType: string;
  dimensions: WitDimension[] | undefined;
  optional: boolean;
}

export interface WitFacts {
  inputs: WitPort[];
  outputs: WitPort[];
  metadata: [name: string, value: string][];
}

export function toWitFacts({ inputs, outputs, metadata }: GraphFacts): WitFacts {
  return { inputs: inputs.map(toPort), outputs: outputs.map(toPort), metadata: Object.entries(metadata) };
}

function toPort({ name, type, elementType, dimensions, optional = false }: PortFacts): WitPort {
  return { name, ty: type, elementType, dimensions: dimensions?.map(toDimension), optional };
}

function toDimension(dimension: number | string | null): WitDimension {
  if (dimension === null) return { tag: 'unknown' };
  return typeof dimension === 'string'
    ? { tag: 'named', val: dimension }
    : { tag: 'fixed', val: BigInt(dimension) };
}
