import type { TensorType } from '../element-types.ts';

/** One input or output of a graph, as the engine reports it. */
export interface PortFacts {
  name: string;
  /** The wasi:nn type that carries it; undefined if none can. */
  type: TensorType | undefined;
  /** The engine's name of the type, such as `BOOL`. */
  elementType: string;
  /** A number is fixed, a string a named dynamic dimension, null an unnamed one; undefined means any rank. */
  dimensions: readonly (number | string | null)[] | undefined;
  /** An input with a default value in the model, which cannot be overridden. */
  optional?: boolean;
}

/** Names of operators that end the process, or never end, over inputs of a kind: a run with such an input is refused. */
export interface FatalOperators {
  /** Over a tensor without elements. */
  empty?: string;
  /** Over a tensor whose height, width or further extent is 0: a kernel of no size. */
  emptyExtent?: string;
  /** Over a tensor of another rank than they expect, which is not known beforehand where the graph states none. */
  unstatedRank?: string;
  /** The same, over a vector without elements. */
  emptyOfUnstatedRank?: string;
  /** Over the least whole number of a type. */
  leastInteger?: string;
}

export interface GraphFacts {
  inputs: readonly PortFacts[];
  outputs: readonly PortFacts[];
  /** The model file's metadata properties. */
  metadata: Readonly<Record<string, string>>;
  fatal: FatalOperators;
}
