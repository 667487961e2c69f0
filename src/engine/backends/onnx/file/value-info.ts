import { elementTypeName, type ElementType } from '../../../../element-types.ts';
import { GRAPH_BOUNDS } from '../../../../config/graph-bounds.ts';
import { OnnxFormatError } from './format-error.ts';
import type { WireReader } from './wire-reader.ts';

/** Types of values other than tensors. */
export type NonTensorType = 'SEQUENCE' | 'MAP' | 'OPTIONAL' | 'SPARSE_TENSOR' | 'OPAQUE';

/** A number is fixed, a string a symbolic name, `null` an unknown size. */
export type Dimension = number | string | null;

/** One input or output as the model declares it. */
export interface IoFacts {
  name: string;
  /** `UNDEFINED` when the file does not say, which ONNX allows for outputs. */
  elementType: ElementType | NonTensorType;
  /** `[]` is a scalar, `undefined` a tensor of unknown rank or no tensor at all. */
  dimensions: readonly Dimension[] | undefined;
  /** An input with a default value among the initializers; callers may omit it. */
  optional: boolean;
}

type Declared = Pick<IoFacts, 'elementType' | 'dimensions'>;

/** TypeProto's oneof, by field number; 1 is a tensor. */
const NON_TENSORS = new Map<number, NonTensorType>([
  [4, 'SEQUENCE'],
  [5, 'MAP'],
  [7, 'OPAQUE'],
  [8, 'SPARSE_TENSOR'],
  [9, 'OPTIONAL'],
]);

/**
 * Reads a ValueInfoProto.
 *
 * @throws {OnnxFormatError} a name that is empty or holds a NUL (the runtime would cut it there), a type or
 *   shape given twice, an unknown element type, or a dimension above 2^53
 */
export function readValueInfo(message: WireReader): Omit<IoFacts, 'optional'> {
  let name = '';
  let declared: Declared | undefined;
  while (message.next()) {
    if (message.field === 1) name = message.text();
    if (message.field === 2) declared = once('type', declared, readType(message.message()));
  }
  if (name === '' || name.includes('\0'))
    throw new OnnxFormatError(`An input or output has the name ${JSON.stringify(name)}, which is unusable.`);
  return { name, ...(declared ?? { elementType: 'UNDEFINED', dimensions: undefined }) };
}

function readType(message: WireReader): Declared | undefined {
  let declared: Declared | undefined;
  while (message.next()) {
    const nonTensor = NON_TENSORS.get(message.field);
    if (nonTensor) declared = once('type', declared, { elementType: nonTensor, dimensions: undefined });
    if (message.field === 1) declared = once('type', declared, readTensorType(message.message()));
  }
  return declared;
}

function readTensorType(message: WireReader): Declared {
  let elementType: ElementType = 'UNDEFINED';
  let dimensions: Dimension[] | undefined;
  while (message.next()) {
    if (message.field === 1) elementType = elementTypeOf(message.integer());
    if (message.field === 2) dimensions = once('shape', dimensions, readShape(message.message()));
  }
  return { elementType, dimensions };
}

function elementTypeOf(number: number): ElementType {
  const name = elementTypeName(number);
  if (name === undefined)
    throw new OnnxFormatError(`An input or output has the unknown element type ${number}.`);
  return name;
}

function readShape(message: WireReader): Dimension[] {
  const dimensions: Dimension[] = [];
  while (message.next()) {
    if (message.field !== 1) continue;
    dimensions.push(readDimension(message.message()));
    if (dimensions.length > GRAPH_BOUNDS.dimensions)
      throw new OnnxFormatError(
        `An input or output has more than the ${GRAPH_BOUNDS.dimensions} dimensions that are allowed.`,
      );
  }
  return dimensions;
}

function readDimension(message: WireReader): Dimension {
  let dimension: Dimension = null;
  while (message.next()) {
    if (message.field === 1) dimension = message.integer();
    if (message.field === 2) dimension = message.text() || null;
  }
  if (typeof dimension !== 'number') return dimension;
  if (dimension > Number.MAX_SAFE_INTEGER)
    throw new OnnxFormatError(`A dimension of ${dimension} is too large.`);
  // Exporters write -1 for "unknown"; ONNX Runtime reads every negative size so.
  return dimension < 0 ? null : dimension;
}

/**
 * Protobuf merges a message that is given twice, field by field. Nothing writes such models, and merging
 * them otherwise than the runtime does would hide a type from the checks.
 */
export function once<T>(what: string, before: T | undefined, now: T): T {
  if (before !== undefined) throw new OnnxFormatError(`The model gives a ${what} twice.`);
  return now;
}
