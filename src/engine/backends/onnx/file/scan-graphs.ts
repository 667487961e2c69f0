import type { Turns } from '../../../../async/turns.ts';
import { GRAPH_BOUNDS } from '../../../../config/graph-bounds.ts';
import { OnnxFormatError } from './format-error.ts';
import type { Body } from './function-calls.ts';
import { PlainNodes } from './plain-nodes.ts';
import { scanSparseTensor, scanTensor, type TensorContents } from './scan-tensors.ts';
import type { WireReader } from './wire-reader.ts';

/** Contents of a graph, its nodes' attributes and every graph inside them. */
export interface GraphContents extends TensorContents {
  initializers: number;
  /** Names of what convolutions take as their kernels. */
  kernels: Set<string>;
  plain: PlainNodes;
}

export function noContents(): GraphContents {
  return {
    externalData: new Set(),
    sparseElements: 0,
    initializers: 0,
    kernels: new Set(),
    plain: new PlainNodes(),
  };
}

/** Fields of an attribute that are read before others get a turn. */
const FIELDS_OF_A_TURN = 1_000;

/** Their second input is the kernel. */
const CONVOLUTIONS: ReadonlySet<string> = new Set(['ai.onnx:Conv', 'com.microsoft:FusedConv']);

/** Protobuf's limit of 100 nested messages allows no more, at three messages a graph. */
const DEEPEST_GRAPH = 32;

/** A message that holds nodes: a GraphProto (nodes in field 1) or a FunctionProto (field 7). */
export interface NodeHolder {
  kind: 'graph' | 'function';
  message: WireReader;
  /** The size of the holder and of every graph inside it. */
  body: Body;
}

type Held = NodeHolder & { level: number };

/**
 * Walks graphs and everything inside them without recursion, in one pass over their nodes and one over what else
 * they hold. Tensor data are stepped over.
 *
 * @throws {OnnxFormatError} damaged, graphs nested deeper than ONNX Runtime reads, or over `GRAPH_BOUNDS`
 */
export function* scanGraphs(holders: readonly NodeHolder[], contents: GraphContents): Turns<void> {
  const waiting: Held[] = holders.map((holder) => ({ ...holder, level: 1 }));
  for (let holder = waiting.pop(); holder; holder = waiting.pop()) {
    const { kind, message, body, level } = holder;
    body.levels = Math.max(body.levels, level);
    const found = (graph: WireReader): void => {
      if (level === DEEPEST_GRAPH) throw new OnnxFormatError('The model nests graphs too deeply.');
      waiting.push({ kind: 'graph', message: graph, body, level: level + 1 });
    };
    // First, since files list nodes before the inputs and initializers that say what the nodes get.
    if (kind === 'graph') yield* scanInputs(message.again(), contents, level);
    const nodeField = kind === 'graph' ? 1 : 7;
    while (message.next()) {
      yield;
      if (message.field === nodeField) yield* scanNode(message.message(), holder, contents, found);
      else if (kind === 'function' && message.field === 11)
        yield* scanAttribute(message.message(), contents, found);
    }
  }
}

function* scanInputs(graph: WireReader, contents: GraphContents, level: number): Turns<void> {
  const defaults = new Set<string>();
  const inputs: WireReader[] = [];
  while (graph.next()) {
    yield;
    if (graph.field === 11 && level === 1) inputs.push(graph.message());
    if (graph.field !== 5 && graph.field !== 15) continue;
    contents.initializers += 1;
    const scan = graph.field === 5 ? scanTensor : scanSparseTensor;
    defaults.add(scan(graph.message(), contents).name);
  }
  for (const input of inputs) {
    const name = input.textOf(1);
    if (!defaults.has(name)) contents.plain.input(name);
  }
}

type Found = (graph: WireReader) => void;

function* scanNode(
  message: WireReader,
  { body, level }: Held,
  contents: GraphContents,
  found: Found,
): Turns<void> {
  const { plain } = contents;
  const names = plain.doubt === undefined ? { inputs: [] as string[], outputs: [] as string[] } : undefined;
  let operator = '';
  let domain = '';
  let overload = '';
  let ports = 0;
  let inputs = 0;
  let second: Uint8Array | undefined;
  while (message.next()) {
    if (message.field === 1 && ++inputs === 2) second = message.bytes();
    if (message.field === 1 || message.field === 2) {
      ports += 1;
      (message.field === 1 ? names?.inputs : names?.outputs)?.push(message.text());
    }
    if (message.field === 4) operator = message.text();
    if (message.field === 7) domain = message.text();
    if (message.field === 8) overload = message.text();
    if (message.field === 5) yield* scanAttribute(message.message(), contents, found);
  }
  if (ports > GRAPH_BOUNDS.nodePorts)
    throw new OnnxFormatError(
      `A node (${JSON.stringify(operator)}) has ${ports} inputs and outputs, and ${GRAPH_BOUNDS.nodePorts} are allowed.`,
    );
  const id = operatorId(domain, operator, overload);
  if (second !== undefined && CONVOLUTIONS.has(id)) contents.kernels.add(Buffer.from(second).toString());
  body.nodes += 1;
  const use = body.uses.get(id);
  if (use === undefined) body.uses.set(id, { times: 1, level });
  else {
    use.times += 1;
    use.level = Math.max(use.level, level);
  }
  if (names !== undefined) plain.node(id, names.inputs, names.outputs);
}

/** The identifier of an operator or function: `domain:operator`, with `ai.onnx` for the default domain. */
export function operatorId(domain: string, name: string, overload: string): string {
  const id = `${domain === '' ? 'ai.onnx' : domain}:${name}`;
  return overload === '' ? id : `${id}:${overload}`;
}

function* scanAttribute(message: WireReader, contents: GraphContents, found: Found): Turns<void> {
  for (let fields = 1; message.next(); fields++) {
    if (fields % FIELDS_OF_A_TURN === 0) yield;
    if (message.field === 5 || message.field === 10) scanTensor(message.message(), contents);
    if (message.field === 6 || message.field === 11) found(message.message());
    if (message.field === 22 || message.field === 23) scanSparseTensor(message.message(), contents);
  }
}
