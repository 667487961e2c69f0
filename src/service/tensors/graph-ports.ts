/** Inputs and outputs of a bare graph in the terms of the Open Inference Protocol. */
import type { GraphFacts, PortFacts } from '../../engine/graph-facts.ts';
import type { ModelLimits } from '../../config/limits.ts';
import { DATATYPE_BYTES, ELEMENTS, elementCount } from '../../element-types.ts';
import type { ModelPort } from '../api/tensor-inference.ts';

export interface GraphPort extends ModelPort {
  /** Whether the graph declares no shape; the one shown is a guess. */
  anyRank: boolean;
}

export interface GraphPorts {
  inputs: readonly GraphPort[];
  outputs: readonly GraphPort[];
}

/** Without inputs that have a default value in the model, which cannot be overridden. */
export function portsOf({ inputs, outputs }: GraphFacts): GraphPorts {
  return {
    inputs: inputs.filter(({ optional }) => optional !== true).map(portOf),
    outputs: outputs.map(portOf),
  };
}

/**
 * The largest batch of a request; 0 if the first dimension is no batch. It is one if every input has it and at least one
 * other dimension, every output has it, and all name it alike.
 */
export function batchSizeOf(
  { inputs, outputs }: GraphFacts,
  { tensorBytes }: Pick<ModelLimits, 'tensorBytes'>,
): number {
  const taken = inputs.filter(({ optional }) => optional !== true);
  if (taken.length === 0 || taken.some(({ dimensions = [] }) => dimensions.length < 2)) return 0;
  const firsts = [...taken, ...outputs].map(({ dimensions }) => dimensions?.[0]);
  if (firsts.some((first) => first === undefined || typeof first === 'number')) return 0;
  if (new Set(firsts.filter((first) => first !== null)).size > 1) return 0;
  const sizes = taken.map((port) => {
    const { datatype, shape } = portOf(port);
    const one =
      elementCount(shape.slice(1).map(Math.abs)) * (datatype === 'BYTES' ? 1 : DATATYPE_BYTES[datatype]);
    return Math.floor(tensorBytes / Math.max(1, one));
  });
  return Math.min(...sizes);
}

/** Possible numbers of channels of a picture. */
const CHANNELS = [1, 3];

/** Order of the dimensions of an input that may be a picture, besides the batch; `undefined` if the shape is ambiguous. */
export function pictureFormatOf(
  { datatype, shape }: ModelPort,
  maxBatchSize: number,
): 'NCHW' | 'NHWC' | undefined {
  const dimensions = shape.slice(maxBatchSize > 0 ? 1 : 0);
  if (datatype === 'BYTES' || dimensions.length !== 3) return undefined;
  const isFirst = CHANNELS.includes(dimensions.at(0) ?? 0);
  const isLast = CHANNELS.includes(dimensions.at(-1) ?? 0);
  if (isFirst === isLast) return undefined;
  return isFirst ? 'NCHW' : 'NHWC';
}

function portOf({ name, elementType, dimensions }: PortFacts): GraphPort {
  return {
    name,
    // A bare graph with any other type is refused at load.
    datatype: ELEMENTS.get(elementType)?.datatype ?? 'BYTES',
    shape: dimensions?.map((dimension) => (typeof dimension === 'number' ? dimension : -1)) ?? [-1],
    anyRank: dimensions === undefined,
  };
}
