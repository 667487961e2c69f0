import type { ElementType } from '../../src/element-types.ts';
import { onnxModel, type GraphSpec, type NodeSpec, type TensorSpec, type ValueSpec } from './onnx-builder.ts';

/** Ready-made models, named by what they do. Inputs are `x` (and `w`), outputs `y`, unless said otherwise. */

type Dims = readonly (number | string | null)[];

/** `y = x`. */
export function identityModel(type: ElementType, dims?: Dims): Uint8Array<ArrayBuffer> {
  const shape = dims === undefined ? {} : { dims };
  return onnxModel({
    inputs: [{ name: 'x', type, ...shape }],
    outputs: [{ name: 'y', type, ...shape }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
}

/** `y = x + w`, all of one type and shape. */
export function addModel(type: ElementType, dims: Dims): Uint8Array<ArrayBuffer> {
  const value = (name: string): ValueSpec => ({ name, type, dims });
  return onnxModel({
    inputs: [value('x'), value('w')],
    outputs: [value('y')],
    nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
  });
}

/** `y = x + w` where the weight `w`, FLOAT [4], lies in a file at `location`. */
export function externalDataModel(
  location: string,
  extra: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [4] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [
      { name: 'w', type: 'FLOAT', dims: [4], external: { location, offset: '0', length: '16', ...extra } },
    ],
  });
}

/** The mean of each of three colours, `y` FLOAT [N, 3], of pictures `x`, FLOAT [N, 3, height, width]. */
export function coloursModel(height: number, width: number): Uint8Array<ArrayBuffer> {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: ['N', 3, height, width] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: ['N', 3] }],
    nodes: [
      { op: 'GlobalAveragePool', inputs: ['x'], outputs: ['means'] },
      { op: 'Flatten', inputs: ['means'], outputs: ['y'] },
    ],
  });
}

/** Scores `x`, FLOAT [N, 2], as maps by class, `y`: how classifiers of scikit-learn are exported by default. */
export function zipMapModel(): Uint8Array<ArrayBuffer> {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: ['N', 2] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [], mapsFrom: 'INT64' }],
    nodes: [
      {
        op: 'ZipMap',
        domain: 'ai.onnx.ml',
        inputs: ['x'],
        outputs: ['y'],
        attributes: { classlabels_int64s: { ints: [0, 1] } },
      },
    ],
    domains: { 'ai.onnx.ml': 1 },
  });
}

/** An operator that no runtime has. */
export function unknownOperatorModel(): Uint8Array<ArrayBuffer> {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [1] }],
    outputs: [{ name: 'y', type: 'FLOAT', dims: [1] }],
    nodes: [{ op: 'NoSuchOperator', inputs: ['x'], outputs: ['y'] }],
  });
}

/**
 * Counts from 0 to `iterations` (input, INT64 scalar) and gives the count as `y`, INT64 scalar. For runs that
 * take as long as a test wants and next to no memory.
 *
 * @param inner loops within the loop, one in another, each of which counts as often
 */
export function spinningModel(inner = 0): Uint8Array<ArrayBuffer> {
  const loop = (start: string, end: string, left: number): NodeSpec => ({
    op: 'Loop',
    inputs: ['iterations', '', start],
    outputs: [end],
    attributes: { body: { graph: body(left) } },
  });
  const body = (left: number): GraphSpec => ({
    inputs: [
      { name: `i${left}`, type: 'INT64', dims: [] },
      { name: `go${left}`, type: 'BOOL', dims: [] },
      { name: `before${left}`, type: 'INT64', dims: [] },
    ],
    outputs: [
      { name: `on${left}`, type: 'BOOL', dims: [] },
      { name: `after${left}`, type: 'INT64', dims: [] },
    ],
    nodes: [
      { op: 'Identity', inputs: [`go${left}`], outputs: [`on${left}`] },
      left === 0
        ? { op: 'Add', inputs: [`before${left}`, 'one'], outputs: [`after${left}`] }
        : loop(`before${left}`, `after${left}`, left - 1),
    ],
  });
  return onnxModel({
    inputs: [{ name: 'iterations', type: 'INT64', dims: [] }],
    outputs: [{ name: 'y', type: 'INT64', dims: [] }],
    nodes: [loop('zero', 'y', inner)],
    initializers: [int64('zero', 0n), int64('one', 1n)],
  });
}

/** `y` = zeros of the shape in input `shape` (INT64 [n]): as much memory as the caller dares to ask for. */
export function allocatingModel(): Uint8Array<ArrayBuffer> {
  return onnxModel({
    inputs: [{ name: 'shape', type: 'INT64', dims: [null] }],
    outputs: [{ name: 'y', type: 'FLOAT' }],
    nodes: [{ op: 'ConstantOfShape', inputs: ['shape'], outputs: ['y'] }],
  });
}

/** The same with the shape as a constant, which ONNX Runtime folds when the session is made. */
export function foldedAllocationModel(dims: readonly bigint[]): Uint8Array<ArrayBuffer> {
  return onnxModel({
    inputs: [],
    outputs: [{ name: 'y', type: 'FLOAT' }],
    nodes: [{ op: 'ConstantOfShape', inputs: ['shape'], outputs: ['y'] }],
    initializers: [{ name: 'shape', type: 'INT64', dims: [dims.length], data: BigInt64Array.from(dims) }],
  });
}

function int64(name: string, value: bigint): TensorSpec {
  return { name, type: 'INT64', dims: [], data: BigInt64Array.of(value) };
}

/** One operator that compares each of the boxes with each other, and finds none to leave out. */
export function manyBoxesModel(): Uint8Array<ArrayBuffer> {
  return onnxModel({
    inputs: [
      { name: 'boxes', type: 'FLOAT', dims: [1, 'n', 4] },
      { name: 'scores', type: 'FLOAT', dims: [1, 1, 'n'] },
    ],
    outputs: [{ name: 'y', type: 'INT64', dims: [null, 3] }],
    nodes: [{ op: 'NonMaxSuppression', inputs: ['boxes', 'scores', 'most'], outputs: ['y'] }],
    initializers: [{ name: 'most', type: 'INT64', dims: [], data: BigInt64Array.of(1_000_000n) }],
  });
}

/** What it is given: boxes that do not touch one another, and their scores. */
export function manyBoxes(count: number): {
  boxes: Float32Array<ArrayBuffer>;
  scores: Float32Array<ArrayBuffer>;
} {
  const corner = (at: number): number => 2 * Math.floor(at / 4) + (at % 4 > 1 ? 1 : 0);
  return {
    boxes: Float32Array.from({ length: 4 * count }, (_, at) => corner(at)),
    scores: new Float32Array(count).fill(0.5),
  };
}
