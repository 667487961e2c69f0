/** What a graph takes and gives as clients, embedders and `sandpiper check` are told: JSON that says all of it. */
import type { GraphFacts, PortFacts } from '../../engine/graph-facts.ts';

export interface GraphSignature {
  /** In the manifest; of a bare graph the model's. */
  name: string;
  inputs: PortReport[];
  outputs: PortReport[];
  /** The ONNX file's own properties. */
  metadata: Record<string, string>;
}

export interface PortReport {
  name: string;
  /** Tensor type of wasi:nn; null where none carries it. */
  type: string | null;
  /** The model's own name of the type. */
  elementType: string;
  /** A number is fixed, a string a named dynamic dimension, null one without a name; null as a whole: any rank. */
  shape: (number | string | null)[] | null;
  /** Of an input: the model has a value for it, which stands. */
  optional: boolean;
}

export function signatureOf(name: string, { inputs, outputs, metadata }: GraphFacts): GraphSignature {
  return { name, inputs: inputs.map(toReport), outputs: outputs.map(toReport), metadata: { ...metadata } };
}

function toReport({ name, type, elementType, dimensions, optional = false }: PortFacts): PortReport {
  const shape = dimensions === undefined ? null : [...dimensions];
  return { name, type: type ?? null, elementType, shape, optional };
}
