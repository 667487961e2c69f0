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

const FLOATS = new Set((['FLOAT', 'FLOAT16', 'BFLOAT16', 'DOUBLE'] as const).map(elementTypeNumber));

interface GivenInput {
  name: string;
  dimensions: readonly number[];
  /** `TensorProto.DataType` */
  elementType: number;
  /** Whether the graph states how many dimensions the input has, which has been checked. */
  rankIsStated: boolean;
  /** Its bytes, read only where they matter. */
  read: () => Uint8Array;
}

/** Dimensions of a tensor before its extents: batch and channels, or a kernel's outputs and inputs. */
const BEFORE_EXTENTS = 2;

interface Rule {
  isFatal: (input: GivenInput) => boolean;
  /** The parts of a refusal's sentence between the input's name and the operator, and after the operator. */
  says: readonly [before: (input: GivenInput) => string, after: string];
}

const shape = ({ dimensions }: GivenInput): string => `has the shape [${dimensions.join(', ')}]`;

const RULES: Readonly<Record<keyof FatalOperators, Rule>> = {
  empty: {
    isFatal: ({ dimensions }) => dimensions.includes(0),
    says: [() => 'has no elements, of which', 'of the graph can make nothing'],
  },
  emptyExtent: {
    isFatal: ({ dimensions }) => dimensions.slice(BEFORE_EXTENTS).includes(0),
    says: [(input) => `${shape(input)}, and`, 'of the graph takes no height, width or further extent of 0'],
  },
  unstatedRank: {
    // A whole number is a setting beside what these operators work on, a rate of samples say.
    isFatal: ({ rankIsStated, elementType }) => !rankIsStated && FLOATS.has(elementType),
    says: [
      () => 'has no number of dimensions in the graph, and',
      'would end the process over another than it expects: save the graph with the shape of its inputs',
    ],
  },
  emptyOfUnstatedRank: {
    isFatal: ({ rankIsStated, dimensions }) =>
      !rankIsStated && dimensions.length === 1 && dimensions[0] === 0,
    says: [
      (input) => `${shape(input)} and no number of dimensions in the graph, and`,
      'would end the process over another than it expects: save the graph with the shape of its inputs',
    ],
  },
  leastInteger: {
    isFatal: ({ elementType, read }) => INTEGERS.get(elementType)?.(read().slice().buffer) === true,
    says: [() => 'has the least whole number of its type, which', 'of the graph may not divide by -1'],
  },
};

/**
 * Refuses an input over which an operator of the graph would end the process, or never end.
 *
 * @throws EngineError `invalid-argument`
 */
export function assertHarmless(fatal: FatalOperators, input: GivenInput): void {
  for (const [kind, operator] of Object.entries(fatal)) {
    const { isFatal, says } = RULES[kind as keyof FatalOperators];
    if (!isFatal(input)) continue;
    const [before, after] = says;
    throw new EngineError('invalid-argument', `Input "${input.name}" ${before(input)} ${operator} ${after}.`);
  }
}
