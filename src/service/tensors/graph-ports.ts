/** What a bare graph takes and gives, in the terms of its clients. */
import type { GraphFacts, PortFacts } from '../../engine/graph-facts.ts';
import type { ModelLimits } from '../../config/limits.ts';
import { DATATYPE_BYTES, ELEMENTS } from '../../element-types.ts';
import { elementCount } from '../api/client-tensors.ts';
import type { ModelPort } from '../api/tensor-inference.ts';

export interface GraphPort extends ModelPort {
  /** The graph says no shape; the one shown is a guess. */
  anyRank: boolean;
}

export interface GraphPorts {
  inputs: readonly GraphPort[];
  outputs: readonly GraphPort[];
}

/** Inputs that have a default value in the model are not among them: nobody can give them another. */
export function portsOf({ inputs, outputs }: GraphFacts): GraphPorts {
  return {
    inputs: inputs.filter(({ optional }) => optional !== true).map(portOf),
    outputs: outputs.map(portOf),
  };
}

/**
 * The largest batch that a request may bring, which its tensors' size decides; 0 where the first dimension is none.
 * It is one if each input has it and more, each output has it, and none calls it otherwise than another.
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

/** Numbers of channels that pictures have. */
const CHANNELS = [1, 3];

/** How an input is ordered that may hold a picture beside the dimension of a batch; `undefined` where its shape does not tell. */
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
    // Whatever else there may be, a bare graph with it was not loaded.
    datatype: ELEMENTS.get(elementType)?.datatype ?? 'BYTES',
    shape: dimensions?.map((dimension) => (typeof dimension === 'number' ? dimension : -1)) ?? [-1],
    anyRank: dimensions === undefined,
  };
}
