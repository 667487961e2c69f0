/** A graph's inputs and outputs for clients, embedders and `sandpiper check`, as JSON. */
import type { GraphFacts, PortFacts } from '../../engine/graph-facts.ts';

export interface GraphSignature {
  /** Name in the manifest; for a bare graph the model's name. */
  name: string;
  inputs: PortReport[];
  outputs: PortReport[];
  /** Metadata properties of the ONNX file. */
  metadata: Record<string, string>;
}

export interface PortReport {
  name: string;
  /** Tensor type of wasi:nn; null if none can carry it. */
  type: string | null;
  /** ONNX's name of the type. */
  elementType: string;
  /** A number is fixed, a string a named dynamic dimension, null an unnamed one; null as a whole means any rank. */
  shape: (number | string | null)[] | null;
  /** For an input with a default value in the model, which cannot be overridden. */
  optional: boolean;
}

export function signatureOf(name: string, { inputs, outputs, metadata }: GraphFacts): GraphSignature {
  return { name, inputs: inputs.map(toReport), outputs: outputs.map(toReport), metadata: { ...metadata } };
}

function toReport({ name, type, elementType, dimensions, optional = false }: PortFacts): PortReport {
  const shape = dimensions === undefined ? null : [...dimensions];
  return { name, type: type ?? null, elementType, shape, optional };
}
