import type { Turns } from '../../../../async/turns.ts';
import { GRAPH_BOUNDS } from '../../../../config/graph-bounds.ts';
import { OnnxFormatError } from './format-error.ts';
import { emptyBody, expandedSize, type Body, type ExpandedSize } from './function-calls.ts';
import { whatElseItIs } from './not-onnx.ts';
import { noContents, operatorId, scanGraphs, type GraphContents, type NodeHolder } from './scan-graphs.ts';
import { readEntry } from './scan-tensors.ts';
import { once, readValueInfo, type IoFacts } from './value-info.ts';
import { WireReader } from './wire-reader.ts';

export interface ModelFacts {
  irVersion: number;
  /** Name and version of the tool that wrote the file, or ''. */
  producer: string;
  /** Version by domain; the default domain is `ai.onnx`. */
  opsets: ReadonlyMap<string, number>;
  /** Without a prototype, so that any key is just a key. */
  metadata: Record<string, string>;
  inputs: readonly IoFacts[];
  outputs: readonly IoFacts[];
  /** Files that hold tensor data, as the model names them, each once; '' if a tensor gives no name. */
  externalData: readonly string[];
  /** `domain:operator`, with `ai.onnx` for the default domain; calls of the model's own functions included. */
  operators: ReadonlySet<string>;
  /** Names of what convolutions take as their kernels. */
  kernels: ReadonlySet<string>;
  size: ModelSize;
}

/** Numbers from which the cost of loading the model can be estimated. */
export interface ModelSize extends ExpandedSize {
  functions: number;
  initializers: number;
  /** Elements of all sparse tensors, zeros included. */
  sparseElements: number;
  /** @see PlainNodes */
  nodeDoubt: string | undefined;
}

/**
 * Reads what a model asks for, gives and contains, without loading it. Tensor data are stepped over, work
 * grows with the number of protobuf fields, which is bounded, to half a second, and nothing recurses: safe on any bytes.
 *
 * @param bytes a serialised ONNX ModelProto
 * @throws {OnnxFormatError} not an ONNX model, damaged, built in a way that no exporter builds them, or over
 *   `GRAPH_BOUNDS`. What passes may still be refused by ONNX Runtime, which alone checks operators, types and shapes.
 */
export function* inspectingModel(bytes: Uint8Array): Turns<ModelFacts> {
  const somethingElse = whatElseItIs(bytes);
  if (somethingElse !== undefined) throw new OnnxFormatError(somethingElse);

  let irVersion: number | undefined;
  let graph: WireReader | undefined;
  const producer: string[] = [];
  const opsets = new Map<string, number>();
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  let metadataBytes = 0;
  const functions = new Map<string, Body>();
  const further: NodeHolder[] = [];

  const model = WireReader.over(bytes);
  while (model.next()) {
    yield;
    if (model.field === 1) irVersion = model.integer();
    else if (model.field === 2 || model.field === 3) producer.push(model.text());
    else if (model.field === 7) graph = once('graph', graph, model.message());
    else if (model.field === 8) {
      opsets.set(...readOpset(model.message()));
      atMost('opsets', opsets.size, 'operator sets');
    } else if (model.field === 14) {
      metadataBytes += model.bytes().byteLength;
      atMost('factBytes', metadataBytes, 'bytes of properties of its own');
      const [key, value] = readEntry(model.message());
      metadata[key] = value;
    } else if (model.field === 20) addTrainingGraphs(model.message(), further);
    else if (model.field === 25) addFunction(model.message(), functions, further);
  }
  if (irVersion === undefined || graph === undefined || opsets.size === 0)
    throw new OnnxFormatError('Not an ONNX model: it has no IR version, no graph or no operator set.');

  const { inputs, outputs } = yield* readSignature(graph.again());
  const contents = noContents();
  const main = emptyBody(graph.byteLength);
  yield* scanGraphs([...further, { kind: 'graph', message: graph.again(), body: main }], contents);
  const bodies = [main, ...further.map(({ body }) => body)];
  return {
    irVersion,
    producer: producer.join(' '),
    opsets,
    metadata,
    inputs,
    outputs,
    externalData: [...contents.externalData],
    operators: new Set(bodies.flatMap(({ uses }) => [...uses.keys()])),
    kernels: contents.kernels,
    size: sizeOf(main, functions, contents),
  };
}

/** @throws {OnnxFormatError} over `GRAPH_BOUNDS` */
function sizeOf(main: Body, functions: ReadonlyMap<string, Body>, contents: GraphContents): ModelSize {
  const expanded = expandedSize(main, functions);
  atMost('nodes', expanded.nodes, 'nodes, each call of a function counted as its body');
  atMost('levels', expanded.levels, 'levels of graphs and functions inside one another');
  atMost('expandedBytes', expanded.bytes - main.bytes, 'bytes of functions, each as often as it is called');
  const { initializers, sparseElements, plain } = contents;
  return { ...expanded, functions: functions.size, initializers, sparseElements, nodeDoubt: plain.doubt };
}

function atMost(bound: keyof typeof GRAPH_BOUNDS, number: number, what: string): void {
  if (number > GRAPH_BOUNDS[bound])
    throw new OnnxFormatError(`The model has ${number} ${what}, and ${GRAPH_BOUNDS[bound]} are allowed.`);
}

function* readSignature(graph: WireReader): Turns<{ inputs: IoFacts[]; outputs: IoFacts[] }> {
  const inputs: IoFacts[] = [];
  const outputs: IoFacts[] = [];
  const defaults = new Set<string>();
  let bytes = 0;
  while (graph.next()) {
    yield;
    if (graph.field === 5) defaults.add(graph.message().textOf(8));
    if (graph.field === 15) defaults.add(nameOfSparseTensor(graph.message()));
    if (graph.field !== 11 && graph.field !== 12) continue;
    const list = graph.field === 11 ? inputs : outputs;
    list.push({ ...readValueInfo(graph.message()), optional: false });
    atMost('inputs', inputs.length, 'inputs');
    atMost('runValues', outputs.length, 'outputs');
    bytes += graph.bytes().byteLength;
    atMost('factBytes', bytes, 'bytes of inputs and outputs');
  }
  for (const list of [inputs, outputs])
    if (new Set(list.map(({ name }) => name)).size < list.length)
      throw new OnnxFormatError('Two inputs or two outputs of the model have the same name.');
  for (const input of inputs) input.optional = defaults.has(input.name);
  const given = inputs.filter(({ optional }) => !optional).length;
  atMost('runValues', given + outputs.length, 'inputs without a default value and outputs');
  return { inputs, outputs };
}

/** A sparse tensor is named by its values. */
function nameOfSparseTensor(message: WireReader): string {
  let name = '';
  while (message.next()) if (message.field === 1) name = message.message().textOf(8);
  return name;
}

function readOpset(message: WireReader): [domain: string, version: number] {
  let domain = '';
  let version = 0;
  while (message.next()) {
    if (message.field === 1) domain = message.text();
    if (message.field === 2) version = message.integer();
  }
  return [domain === '' ? 'ai.onnx' : domain, version];
}

/** The two graphs of a TrainingInfoProto; the runtime does not run them, but may read their tensors. */
function addTrainingGraphs(training: WireReader, holders: NodeHolder[]): void {
  while (training.next()) {
    if (training.field !== 1 && training.field !== 2) continue;
    const message = training.message();
    holders.push({ kind: 'graph', message, body: emptyBody(message.byteLength) });
  }
}

function addFunction(message: WireReader, functions: Map<string, Body>, holders: NodeHolder[]): void {
  const [name = '', domain = '', overload = ''] = message.again().textsOf(1, 10, 13);
  const id = operatorId(domain, name, overload);
  if (functions.has(id)) throw new OnnxFormatError(`The model has two functions ${JSON.stringify(id)}.`);
  const body = emptyBody(message.byteLength);
  functions.set(id, body);
  atMost('functions', functions.size, 'functions');
  holders.push({ kind: 'function', message, body });
}
