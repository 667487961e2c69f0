/** Small files that ask for much when they are loaded, by what they are made of. */
import { PbfWriter } from 'pbf';
import {
  onnxModel,
  type AttributeSpec,
  type FunctionSpec,
  type GraphSpec,
  type ModelSpec,
  type NodeSpec,
  type TensorSpec,
} from './onnx-builder.ts';

export interface HostileGraph {
  bytes: Uint8Array;
  /**
   * The outcome of loading it: refused by `reading` the file, by the limits of `time` or `memory` when it is tried,
   * by the end of the process that tries it, which is a `crash`, or by the `engine` in words. `any` of these will do, and so will loading it, where versions of the engine differ.
   */
  refusedBy: 'reading' | 'time' | 'memory' | 'crash' | 'engine' | 'any';
  /** Takes seconds. */
  slow?: boolean;
}

const x = { name: 'x', type: 'FLOAT', dims: [1] } as const;
const y = { name: 'y', type: 'FLOAT' } as const;
const plain: ModelSpec = { inputs: [x], outputs: [y], nodes: [node('Neg', ['x'], ['y'])] };

export const HOSTILE_GRAPHS: Readonly<Record<string, () => HostileGraph>> = {
  'a chain of 3,000 functions': () => byReading(calling(chain(3_000))),
  'a chain of 62 functions': () => any(calling(chain(62))),
  '30 functions that each call the former twice': () => byReading(calling(chain(30, 2))),
  '14 functions that each call the former twice': () => ({
    bytes: calling(chain(15, 2)),
    refusedBy: 'time',
    slow: true,
  }),
  'functions that call one another': () =>
    byReading(calling([fn('f0', [use('f1', 'a', 'z')]), fn('f1', [use('f0', 'a', 'z')])])),
  '15,000 functions': () => ({ bytes: flat(15_000), refusedBy: 'any', slow: true }),
  'a sparse tensor of two gigabytes': () =>
    byReading(onnxModel({ ...plain, sparseInitializers: [sparse([500_000_000])] })),
  'a sparse tensor of 256 megabytes': () =>
    any(onnxModel({ ...plain, ...sum('s'), sparseInitializers: [sparse([2 ** 26])] })),
  'a node of 20,000 inputs': () =>
    byReading(model([node('Concat', numbered(20_000, 'x'), ['y'], { axis: { int: 0 } })])),
  'a node of 4,000 constants': () => any(joinedConstants(4_000)),
  '20,000 outputs': () =>
    byReading(
      onnxModel({
        ...plain,
        nodes: numbered(20_000).map((name) => node('Sin', ['x'], [name])),
        outputs: numbered(20_000).map((name) => ({ name, type: 'FLOAT' })),
      }),
    ),
  '65,000 inputs': () =>
    byReading(
      onnxModel({
        ...plain,
        inputs: [x, ...numbered(65_000).map((name) => ({ name, type: 'FLOAT' as const }))],
      }),
    ),
  '20,000 nodes with one input': () => ({
    bytes: model([...numbered(20_000).map((name) => node('Neg', ['x'], [name])), node('Neg', ['x'], ['y'])]),
    refusedBy: 'time',
    slow: true,
  }),
  '50,000 constants, one after the other': () => ({
    bytes: manyConstants(50_000),
    refusedBy: 'time',
    slow: true,
  }),
  'a constant that is doubled 27 times': () => ({ bytes: doubled(27), refusedBy: 'memory' }),
  'constants of 64 MiB, sixty of them': () => ({ bytes: manyLarge(60), refusedBy: 'memory' }),
  ...folded('ConstantOfShape', ['n'], [int64('n', [500_000_000n])]),
  ...folded('Range', ['a', 'b', 'step'], [float('a', 0), float('b', 3e8), float('step', 1)]),
  ...folded('Tile', ['a', 'n'], [floats('a', 1), int64('n', [500_000_000n])]),
  ...folded('Expand', ['a', 'n'], [floats('a', 1), int64('n', [500_000_000n])]),
  ...folded('Pad', ['a', 'n'], [floats('a', 1), int64('n', [0n, 500_000_000n])]),
  ...folded('Resize', ['a', '', '', 'n'], [floats('a', 1), int64('n', [500_000_000n])]),
  ...folded('OneHot', ['i', 'n', 'v'], [int64('i', [0n]), int64('n', [500_000_000n]), floats('v', 2)]),
  ...folded('MatMul', ['a', 'b'], [floats('a', 30_000, [30_000, 1]), floats('b', 30_000, [1, 30_000])]),
  ...folded('ConstantOfShape', ['n'], [int64('n', [2n ** 62n, 4n])], ' of more than any memory'),
  'a constant as large as an input says that it is': () =>
    any(
      onnxModel({
        ...plain,
        inputs: [{ ...x, dims: [500_000_000] }],
        nodes: [
          node('Shape', ['x'], ['s']),
          node('ConstantOfShape', ['s'], ['c']),
          node('ReduceSum', ['c'], ['y']),
        ],
      }),
    ),
  'an einsum of 26 letters': () =>
    any(model([node('Einsum', Array<string>(26).fill('x'), ['y'], { equation: { text: einsum() } })])),
  'a loop of a constant, giant number of turns': () => any(looping(10n ** 12n)),
  'loops in loops, twenty deep': () => any(loopsInLoops(20)),
  'branches in branches, of two each, twelve deep': () => any(branching(12)),
  'functions whose branches each call the former': () => byReading(calling(branchingFunctions(20))),
  'half a million texts': () => any(texts(500_000)),
  'a text that is expanded to gigabytes': () =>
    any(
      model(
        [node('Expand', ['t', 'n'], ['e']), ...sizeOf('e')],
        [{ name: 't', type: 'STRING', dims: [1], data: ['a'.repeat(1_000_000)] }, int64('n', [100_000n])],
      ),
    ),
  'a tensor split into 4,000 and joined again, twenty times': () => any(splitAndJoined(4_000, 20)),
  'a convolution of giant padding': () =>
    any(
      model(
        [
          node('ConstantOfShape', ['s'], ['i']),
          node('ConstantOfShape', ['k'], ['w']),
          node('Conv', ['i', 'w'], ['c'], { pads: { ints: [30_000, 30_000, 30_000, 30_000] } }),
          node('ReduceSum', ['c'], ['d'], { keepdims: { int: 0 } }),
          ...sum('d').nodes,
        ],
        [int64('s', [1n, 1n, 4n, 4n]), int64('k', [1n, 1n, 3n, 3n])],
      ),
    ),
  'one constant 40,000 times': () =>
    any(model([...sum('w').nodes], Array<TensorSpec>(40_000).fill(floats('w', 1)))),
  'graphs in graphs, 2,000 deep': () => byReading(nested(2_000)),
  'graphs in graphs, 28 deep': () => any(nested(28)),
  'types in types, 10,000 deep': () => ({ bytes: typedDeep(10_000), refusedBy: 'engine' }),
  'a slice of less than nothing': () => ({ bytes: slicedTooFar(), refusedBy: 'crash' }),
  'a circle': () => ({
    bytes: model([node('Neg', ['y'], ['a']), node('Neg', ['a'], ['y'])]),
    refusedBy: 'engine',
  }),
  'a tensor whose size wraps round': () =>
    byReading(onnxModel({ ...plain, initializers: [{ ...floats('w', 1), dims: [2 ** 32, 2 ** 32] }] })),
  'a tensor with more elements than bytes': () =>
    byReading(onnxModel({ ...plain, initializers: [{ ...floats('w', 1), dims: [2 ** 31] }] })),
  'a name of 20 MB': () => any(model([node('Neg', ['x'], ['y'], { ['n'.repeat(20_000_000)]: { int: 1 } })])),
  'properties of 5 MB': () => byReading(onnxModel({ ...plain, metadata: { a: 'x'.repeat(5_000_000) } })),
  '1,000 operator sets': () => any(onnxModel({ ...plain, domains: versions(1_000) })),
  '20,000 operator sets': () => byReading(onnxModel({ ...plain, domains: versions(20_000) })),
  'six million fields': () => byReading(withFields(6_000_000)),
};

function byReading(bytes: Uint8Array): HostileGraph {
  return { bytes, refusedBy: 'reading' };
}

function any(bytes: Uint8Array): HostileGraph {
  return { bytes, refusedBy: 'any' };
}

function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
): NodeSpec {
  return { op, inputs, outputs, attributes };
}

function model(nodes: NodeSpec[], initializers: TensorSpec[] = []): Uint8Array {
  return onnxModel({ ...plain, nodes, initializers });
}

/** `y = x + ` what has this name. */
function sum(name: string): Pick<ModelSpec, 'nodes'> {
  return { nodes: [node('Add', ['x', name], ['y'])] };
}

function numbered(count: number, name = 'n'): string[] {
  return Array.from({ length: count }, (_, n) => (name === 'x' ? 'x' : `${name}${n}`));
}

function versions(count: number): Record<string, number> {
  return Object.fromEntries(numbered(count).map((name) => [name, 1]));
}

function fn(name: string, nodes: NodeSpec[]): FunctionSpec {
  return { name, domain: 'l', inputs: ['a'], outputs: ['z'], nodes };
}

function use(name: string, input: string, output: string): NodeSpec {
  return { op: name, domain: 'l', inputs: [input], outputs: [output] };
}

function chain(length: number, times = 1): FunctionSpec[] {
  const names = ['a', ...numbered(times - 1, 't'), 'z'];
  return Array.from({ length }, (_, n) =>
    fn(
      `f${n}`,
      n === 0
        ? [node('Neg', ['a'], ['z'])]
        : numbered(times).map((__, at) => use(`f${n - 1}`, names[at] ?? '', names[at + 1] ?? '')),
    ),
  );
}

function calling(functions: FunctionSpec[]): Uint8Array {
  const nodes = [use(functions.at(-1)?.name ?? '', 'x', 'y')];
  return onnxModel({ ...plain, nodes, domains: { l: 1 }, functions });
}

function flat(count: number): Uint8Array {
  const functions = numbered(count, 'f').map((name) => fn(name, [node('Neg', ['a'], ['z'])]));
  const nodes = functions.map(({ name }, n) =>
    use(name, n === 0 ? 'x' : `n${n - 1}`, n === count - 1 ? 'y' : `n${n}`),
  );
  return onnxModel({ ...plain, nodes, domains: { l: 1 }, functions });
}

function sparse(dims: number[]): NonNullable<ModelSpec['sparseInitializers']>[number] {
  return { values: floats('s', 1), indices: { ...int64('', [0n]), name: 's_indices' }, dims };
}

function floats(name: string, length: number, dims = [length]): TensorSpec {
  return { name, type: 'FLOAT', dims, data: new Float32Array(length).fill(0.5) };
}

function float(name: string, value: number): TensorSpec {
  return { name, type: 'FLOAT', dims: [], data: Float32Array.of(value) };
}

function int64(name: string, values: readonly bigint[]): TensorSpec {
  return { name, type: 'INT64', dims: [values.length], data: BigInt64Array.from(values) };
}

/** The sum of a constant that the engine may compute at load, given to `y` with `x`. */
function folded(
  op: string,
  inputs: string[],
  initializers: TensorSpec[],
  what = ' of gigabytes',
): Record<string, () => HostileGraph> {
  const nodes = [node(op, inputs, ['c']), node('ReduceSum', ['c'], ['d']), node('Add', ['x', 'd'], ['y'])];
  return { [`a constant ${op}${what}`]: () => any(model(nodes, initializers)) };
}

function doubled(times: number): Uint8Array {
  const steps = numbered(times).map((name, n) => {
    const before = n === 0 ? 'c' : `n${n - 1}`;
    return node('Concat', [before, before], [name], { axis: { int: 0 } });
  });
  return model([...steps, node('ReduceSum', [`n${times - 1}`], ['d']), ...sum('d').nodes], [floats('c', 1)]);
}

/** Constants of 64 MiB each, all of which are still needed at the end. */
function manyLarge(count: number): Uint8Array {
  const made = numbered(count).map((name) => node('Expand', [`v${name}`, 'shape'], [name]));
  const values = numbered(count).map((name, n) => ({ ...floats(`v${name}`, 1), data: Float32Array.of(n) }));
  const used = numbered(count).map((name, n) =>
    node('Add', [n === 0 ? 'x' : `s${n - 1}`, name], [n === count - 1 ? 'y' : `s${n}`]),
  );
  return model([...made, ...used], [...values, int64('shape', [2n ** 24n])]);
}

function joinedConstants(count: number): Uint8Array {
  const nodes = [node('Concat', numbered(count), ['c'], { axis: { int: 0 } }), ...sum('c').nodes];
  return model(
    nodes,
    numbered(count).map((name) => floats(name, 1)),
  );
}

function manyConstants(count: number): Uint8Array {
  const nodes = numbered(count).map((name, n) =>
    node('Add', [n === 0 ? 'x' : `s${n - 1}`, name], [n === count - 1 ? 'y' : `s${n}`]),
  );
  return model(
    nodes,
    numbered(count).map((name, n) => ({ ...floats(name, 1), data: Float32Array.of(n) })),
  );
}

function einsum(): string {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
  return `${letters.join(',')}->${letters.join('')}`;
}

/** Fewer than no elements, between which the engine's shape inference clamps: its C++ library ends the process. */
function slicedTooFar(): Uint8Array {
  return onnxModel({
    ...plain,
    inputs: [{ ...x, dims: [1, 1, 4, 4] }],
    nodes: [
      node('MaxPool', ['x'], ['p'], { kernel_shape: { ints: [1, 9] } }),
      node('Slice', ['p', 'starts', 'ends', 'axes'], ['y']),
    ],
    initializers: [int64('starts', [0n]), int64('ends', [2n]), int64('axes', [3n])],
  });
}

/** A loop of two turns in the body of each, which is told nothing of how large its values are. */
function loopsInLoops(depth: number): Uint8Array {
  let inner = node('Sin', [`b${depth}`], [`a${depth}`]);
  for (let n = depth; n > 0; n--) {
    const body: GraphSpec = {
      inputs: [
        { name: `i${n}`, type: 'INT64', dims: [] },
        { name: `go${n}`, type: 'BOOL', dims: [] },
        { name: `b${n}`, type: 'FLOAT' },
      ],
      outputs: [
        { name: `on${n}`, type: 'BOOL', dims: [] },
        { name: `a${n}`, type: 'FLOAT' },
      ],
      nodes: [node('Identity', [`go${n}`], [`on${n}`]), inner],
    };
    const names = n === 1 ? (['x', 'y'] as const) : ([`b${n - 1}`, `a${n - 1}`] as const);
    inner = node('Loop', ['turns', '', names[0]], [names[1]], { body: { graph: body } });
  }
  return model([inner], [{ ...int64('turns', [2n]), dims: [] }]);
}

function branch(output: string, nodes: NodeSpec[]): AttributeSpec {
  return { graph: { inputs: [], outputs: [{ name: output, type: 'FLOAT' }], nodes } };
}

/** Twice as many nodes at each level. */
function branching(depth: number): Uint8Array {
  let count = 0;
  const choose = (levels: number, output: string): NodeSpec => {
    if (levels === 0) return node('Neg', ['x'], [output]);
    const [left, right] = [`n${count++}`, `n${count++}`];
    return node('If', ['c'], [output], {
      then_branch: branch(left, [choose(levels - 1, left)]),
      else_branch: branch(right, [choose(levels - 1, right)]),
    });
  };
  return model([choose(depth, 'y')], [{ name: 'c', type: 'BOOL', dims: [], data: Uint8Array.of(1) }]);
}

function branchingFunctions(length: number): FunctionSpec[] {
  return Array.from({ length }, (_, n) =>
    fn(
      `f${n}`,
      n === 0
        ? [node('Neg', ['a'], ['z'])]
        : [
            node('Equal', ['a', 'a'], ['c']),
            node('If', ['c'], ['z'], {
              then_branch: branch('u', [use(`f${n - 1}`, 'a', 'u')]),
              else_branch: branch('v', [use(`f${n - 1}`, 'a', 'v')]),
            }),
          ],
    ),
  );
}

/** `y = x + ` the number of elements. */
function sizeOf(name: string): NodeSpec[] {
  return [
    node('Shape', [name], ['size']),
    node('Cast', ['size'], ['number'], { to: { int: 1 } }),
    ...sum('number').nodes,
  ];
}

function texts(count: number): Uint8Array {
  const held: TensorSpec = {
    name: 't',
    type: 'STRING',
    dims: [count],
    data: Array<string>(count).fill('ab'),
  };
  return model([node('Gather', ['t', 'first'], ['g']), ...sizeOf('g')], [held, int64('first', [1n])]);
}

function splitAndJoined(parts: number, times: number): Uint8Array {
  const steps = numbered(times, 'k').flatMap((name, n) => {
    const names = numbered(parts, `p${n}_`);
    const [axis, next] = [{ axis: { int: 0 } }, n === times - 1 ? 'y' : `k${n + 1}`];
    return [
      node('Split', [name], names, { ...axis, num_outputs: { int: parts } }),
      node('Concat', names, [next], axis),
    ];
  });
  return model([node('Expand', ['x', 'n'], ['k0']), ...steps], [int64('n', [BigInt(parts)])]);
}

function looping(turns: bigint): Uint8Array {
  const body: GraphSpec = {
    inputs: [
      { name: 'i', type: 'INT64', dims: [] },
      { name: 'go', type: 'BOOL', dims: [] },
      { name: 'before', type: 'FLOAT', dims: [1] },
    ],
    outputs: [
      { name: 'go_on', type: 'BOOL', dims: [] },
      { name: 'after', type: 'FLOAT', dims: [1] },
    ],
    nodes: [node('Identity', ['go'], ['go_on']), node('Sin', ['before'], ['after'])],
  };
  const loop = node('Loop', ['turns', '', 'c'], ['z'], { body: { graph: body } });
  return model([loop, ...sum('z').nodes], [{ ...int64('turns', [turns]), dims: [] }, floats('c', 1)]);
}

/** The other branch of each is a single node. Written from the inside out: it may be deeper than any stack. */
function nested(depth: number): Uint8Array {
  const field = (number: number, bytes: Uint8Array): Uint8Array => {
    const pbf = new PbfWriter();
    pbf.writeBytesField(number, bytes);
    return pbf.finish();
  };
  const text = (number: number, value: string): Uint8Array => field(number, Buffer.from(value));
  const type = field(2, field(1, Uint8Array.of(0x08, 1)));
  const output = (name: string): Uint8Array => field(12, Buffer.concat([text(1, name), type]));
  const attribute = (name: string, graph: Uint8Array): Uint8Array =>
    field(5, Buffer.concat([text(1, name), field(6, graph), Uint8Array.of(0xa0, 0x01, 5)]));
  const leaf = (name: string): Uint8Array =>
    Buffer.concat([
      field(1, Buffer.concat([text(1, 'x'), text(2, name), text(4, 'Neg')])),
      text(2, name),
      output(name),
    ]);
  let graph = leaf('o0');
  for (let n = 1; n <= depth; n++) {
    const branches = [attribute('then_branch', graph), attribute('else_branch', leaf(`e${n}`))];
    const chosen = Buffer.concat([text(1, 'c'), text(2, `o${n}`), text(4, 'If'), ...branches]);
    graph = Buffer.concat([field(1, chosen), text(2, `g${n}`), output(`o${n}`)]);
  }
  const inputs = onnxModel({
    ...plain,
    inputs: [x, { name: 'c', type: 'BOOL', dims: [] }],
    outputs: [],
    nodes: [],
  });
  return withGraph(inputs, graph);
}

/** Protobuf merges a message that is given twice, and so does this, where the file has it once. */
function withGraph(base: Uint8Array, more: Uint8Array): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 10);
  const inputs = graphOf(base);
  pbf.writeBytesField(7, Buffer.concat([more, inputs]));
  pbf.writeBytesField(8, Uint8Array.of(0x10, 22));
  return pbf.finish();
}

/** The bytes of field 7 of a model that `onnxModel` wrote, whose first field is the version. */
function graphOf(bytes: Uint8Array): Uint8Array {
  let length = 0;
  let at = 3;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return bytes.subarray(at, at + length);
  }
}

/** A value whose type is a sequence of sequences. */
function typedDeep(depth: number): Uint8Array {
  let type: Uint8Array = Uint8Array.of(0x0a, 0x02, 0x08, 0x01);
  for (let n = 0; n < depth; n++) {
    const pbf = new PbfWriter();
    pbf.writeMessage(4, (inner, out) => out.writeBytesField(1, inner), type);
    type = pbf.finish();
  }
  const value = new PbfWriter();
  value.writeMessage(
    13,
    (inner, out) => {
      out.writeStringField(1, 'v');
      out.writeBytesField(2, inner);
    },
    type,
  );
  return withGraph(onnxModel(plain), value.finish());
}

/** A graph of empty nodes, two bytes each. */
function withFields(count: number): Uint8Array {
  const nodes = new Uint8Array(2 * count);
  for (let at = 0; at < nodes.length; at += 2) nodes[at] = 0x0a;
  return withGraph(onnxModel(plain), nodes);
}
