import type { TensorType } from '../element-types.ts';

/** One input or output of a graph, as the engine reports it. */
export interface PortFacts {
  name: string;
  /** The wasi:nn type that carries it; undefined where none can, and `elementType` says what it is. */
  type: TensorType | undefined;
  /** The engine's own name of the type, such as `BOOL`. */
  elementType: string;
  /** A number is fixed, a string is a named dynamic dimension, null an unnamed one; undefined: any rank. */
  dimensions: readonly (number | string | null)[] | undefined;
  /** An input with a default value in the model, which stands: no other may be given. */
  optional?: boolean;
}

/** What a graph takes and gives. */
export interface GraphFacts {
  inputs: readonly PortFacts[];
  outputs: readonly PortFacts[];
  /** The model's own properties, as its file states them. */
  metadata: Readonly<Record<string, string>>;
}
