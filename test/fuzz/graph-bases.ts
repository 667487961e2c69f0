import { onnxModel, type AttributeSpec, type NodeSpec, type TensorSpec } from '../support/onnx-builder.ts';
import { addModel, foldedAllocationModel, identityModel, spinningModel } from '../support/onnx-models.ts';

/** Models of which mutants are made: each has something that the others lack. */
export function bases(): Uint8Array[] {
  return [
    addModel('FLOAT', ['n', 4]),
    identityModel('STRING', ['n']),
    spinningModel(),
    foldedAllocationModel([4n, 4n]),
    branching(),
    withFunctions(),
    arithmetic(),
    withSparseTensor(),
    computing('x'),
    // All of it constant: the engine computes it at load.
    computing('w'),
  ];
}

const float = (name: string, dims: number[]): TensorSpec => ({
  name,
  type: 'FLOAT',
  dims,
  data: new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(0.25),
});

const ints = (name: string, ...values: bigint[]): TensorSpec => ({
  name,
  type: 'INT64',
  dims: [values.length],
  data: BigInt64Array.from(values),
});

/** Operators with kernels of their own, one after the other, on a picture of 1 x 2 x 4 x 4. */
function computing(input: string): Uint8Array {
  const steps: [op: string, further: string[], attributes?: Record<string, AttributeSpec>][] = [
    ['Conv', ['kernel'], { pads: { ints: [1, 1, 1, 1] } }],
    ['MaxPool', [], { kernel_shape: { ints: [2, 2] } }],
    ['Pad', ['pads']],
    ['Transpose', [], { perm: { ints: [0, 1, 3, 2] } }],
    ['Slice', ['starts', 'ends']],
    ['Tile', ['repeats']],
    ['Gather', ['indices'], { axis: { int: 2 } }],
    ['CumSum', ['axis']],
    ['TopK', ['axis']],
    ['Reshape', ['shape']],
    ['MatMul', ['square']],
    ['Einsum', [], { equation: { text: 'ij->ji' } }],
    ['Softmax', []],
  ];
  const nodes: NodeSpec[] = steps.map(([op, further, attributes = {}], n) => ({
    op,
    inputs: [n === 0 ? input : `n${n - 1}`, ...further],
    outputs: [`n${n}`],
    attributes,
  }));
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [1, 2, 4, 4] }],
    outputs: [{ name: 'y', type: 'FLOAT' }],
    nodes: [...nodes, { op: 'Add', inputs: ['x', `n${steps.length - 1}`], outputs: ['y'] }],
    initializers: [
      float('w', [1, 2, 4, 4]),
      float('kernel', [2, 2, 3, 3]),
      ints('pads', 0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n),
      ints('starts', 0n, 0n, 0n, 0n),
      ints('ends', 1n, 2n, 4n, 4n),
      ints('repeats', 1n, 1n, 1n, 1n),
      ints('indices', 0n, 1n, 2n, 3n),
      ints('axis', 1n),
      ints('shape', -1n, 4n),
      float('square', [4, 4]),
    ],
  });
}

/** Graphs that the service loads without trying them first. */
function arithmetic(): Uint8Array {
  const steps = ['Identity', 'Add', 'Sub', 'Mul', 'Neg', 'Relu'];
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: ['n', 4] }],
    outputs: [{ name: 'n5', type: 'FLOAT' }],
    nodes: steps.map((op, n) => ({
      op,
      inputs: [n === 0 ? 'x' : `n${n - 1}`, ...(['Add', 'Sub', 'Mul'].includes(op) ? ['w'] : [])],
      outputs: [`n${n}`],
    })),
    initializers: [float('w', [4])],
  });
}

function withSparseTensor(): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [4, 4] }],
    outputs: [{ name: 'y', type: 'FLOAT' }],
    nodes: [{ op: 'Add', inputs: ['x', 's'], outputs: ['y'] }],
    sparseInitializers: [{ values: float('s', [1]), indices: ints('at', 3n), dims: [4, 4] }],
  });
}

function branching(): Uint8Array {
  const branch = (op: string): AttributeSpec => ({
    graph: {
      inputs: [],
      outputs: [{ name: op, type: 'FLOAT' }],
      nodes: [{ op, inputs: ['x'], outputs: [op] }],
    },
  });
  return onnxModel({
    inputs: [
      { name: 'x', type: 'FLOAT', dims: [2] },
      { name: 'c', type: 'BOOL', dims: [] },
    ],
    outputs: [{ name: 'y', type: 'FLOAT' }],
    nodes: [
      {
        op: 'If',
        inputs: ['c'],
        outputs: ['y'],
        attributes: { then_branch: branch('Sin'), else_branch: branch('Cos') },
      },
    ],
  });
}

function withFunctions(): Uint8Array {
  const call = (op: string, input: string, output: string): NodeSpec => ({
    op,
    domain: 'l',
    inputs: [input],
    outputs: [output],
  });
  const part = { domain: 'l', inputs: ['a'], outputs: ['z'] };
  return onnxModel({
    inputs: [{ name: 'x', type: 'FLOAT', dims: [2] }],
    outputs: [{ name: 'y', type: 'FLOAT' }],
    nodes: [call('f1', 'x', 'y')],
    domains: { l: 1 },
    functions: [
      { ...part, name: 'f0', nodes: [{ op: 'Neg', inputs: ['a'], outputs: ['z'] }] },
      { ...part, name: 'f1', nodes: [call('f0', 'a', 't'), call('f0', 't', 'z')] },
    ],
  });
}
