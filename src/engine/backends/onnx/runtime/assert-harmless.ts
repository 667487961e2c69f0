import { elementTypeNumber } from '../../../../element-types.ts';
import { EngineError } from '../../../engine-error.ts';
import type { FatalOperators } from '../../../graph-facts.ts';

/** Signed whole numbers by their number in ONNX: how they are read, and the least one. */
const INTEGERS = new Map<number, (bytes: ArrayBuffer) => boolean>([
  [elementTypeNumber('INT8'), (bytes) => new Int8Array(bytes).includes(-(2 ** 7))],
  [elementTypeNumber('INT16'), (bytes) => new Int16Array(bytes).includes(-(2 ** 15))],
  [elementTypeNumber('INT32'), (bytes) => new Int32Array(bytes).includes(-(2 ** 31))],
  [elementTypeNumber('INT64'), (bytes) => new BigInt64Array(bytes).includes(-(2n ** 63n))],
]);

interface GivenInput {
  name: string;
  dimensions: readonly number[];
  /** `TensorProto.DataType` */
  elementType: number;
}

/** Dimensions of a tensor before its extents: batch and channels, or a kernel's outputs and inputs. */
const BEFORE_EXTENTS = 2;

/**
 * Refuses an input over which an operator of the graph would end the process, or never end.
 *
 * @param read the input's bytes, read only where they matter
 * @throws EngineError `invalid-argument`
 */
export function assertHarmless(
  { empty, emptyExtent, leastInteger }: FatalOperators,
  { name, dimensions, elementType }: GivenInput,
  read: () => Uint8Array,
): void {
  if (empty !== undefined && dimensions.includes(0))
    throw refused(`Input "${name}" has no elements, of which ${empty} of the graph can make nothing.`);
  if (emptyExtent !== undefined && dimensions.slice(BEFORE_EXTENTS).includes(0)) {
    throw refused(
      `Input "${name}" has the shape [${dimensions.join(', ')}], and ${emptyExtent} of the graph takes no height, width or further extent of 0.`,
    );
  }
  const hasLeast = INTEGERS.get(elementType);
  if (leastInteger === undefined || hasLeast === undefined) return;
  if (hasLeast(read().slice().buffer))
    throw refused(
      `Input "${name}" has the least whole number of its type, which ${leastInteger} of the graph may not divide by -1.`,
    );
}

function refused(message: string): EngineError {
  return new EngineError('invalid-argument', message);
}
