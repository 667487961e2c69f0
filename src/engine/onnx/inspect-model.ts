import { OnnxFormatError } from './format-error.ts';
import { whatElseItIs } from './not-onnx.ts';
import { readEntry, scanGraphs, type GraphContents, type NodeHolder } from './scan-graphs.ts';
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
  /** Files that hold tensor data, as the model names them, each once; '' where it gives no name. */
  externalData: readonly string[];
  /** `domain:operator`, with `ai.onnx` for the default domain; calls of the model's own functions included. */
  operators: ReadonlySet<string>;
}

/**
 * Reads what a model asks for, gives and contains, without loading it. Tensor data are stepped over, work
 * grows with the number of protobuf fields, which is bounded, and nothing recurses: safe on any bytes.
 *
 * @param bytes a serialised ONNX ModelProto
 * @throws {OnnxFormatError} not an ONNX model, damaged, or built in a way that no exporter builds them. What
 *   passes may still be refused by ONNX Runtime, which alone checks operators, types and shapes.
 */
export function inspectModel(bytes: Uint8Array): ModelFacts {
  const somethingElse = whatElseItIs(bytes);
  if (somethingElse !== undefined) throw new OnnxFormatError(somethingElse);

  let irVersion: number | undefined;
  let graph: WireReader | undefined;
  const producer: string[] = [];
  const opsets = new Map<string, number>();
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>;
  const further: NodeHolder[] = [];

  const model = WireReader.over(bytes);
  while (model.next()) {
    if (model.field === 1) irVersion = model.integer();
    else if (model.field === 2 || model.field === 3) producer.push(model.text());
    else if (model.field === 7) graph = once('graph', graph, model.message());
    else if (model.field === 8) opsets.set(...readOpset(model.message()));
    else if (model.field === 14) {
      const [key, value] = readEntry(model.message());
      metadata[key] = value;
    } else if (model.field === 20) addTrainingGraphs(model.message(), further);
    else if (model.field === 25) further.push({ kind: 'function', message: model.message() });
  }
  if (irVersion === undefined || graph === undefined || opsets.size === 0)
    throw new OnnxFormatError('Not an ONNX model: it has no IR version, no graph or no operator set.');

  const contents: GraphContents = { externalData: new Set(), operators: new Set() };
  const { inputs, outputs } = readSignature(graph.again());
  scanGraphs([...further, { kind: 'graph', message: graph.again() }], contents);
  return {
    irVersion,
    producer: producer.join(' '),
    opsets,
    metadata,
    inputs,
    outputs,
    externalData: [...contents.externalData],
    operators: contents.operators,
  };
}

function readSignature(graph: WireReader): { inputs: IoFacts[]; outputs: IoFacts[] } {
  const inputs: IoFacts[] = [];
  const outputs: IoFacts[] = [];
  const defaults = new Set<string>();
  while (graph.next()) {
    if (graph.field === 5) defaults.add(nameOfTensor(graph.message()));
    if (graph.field === 15) defaults.add(nameOfSparseTensor(graph.message()));
    if (graph.field === 11) inputs.push({ ...readValueInfo(graph.message()), optional: false });
    if (graph.field === 12) outputs.push({ ...readValueInfo(graph.message()), optional: false });
  }
  for (const list of [inputs, outputs])
    if (new Set(list.map(({ name }) => name)).size < list.length)
      throw new OnnxFormatError('Two inputs or two outputs of the model have the same name.');
  for (const input of inputs) input.optional = defaults.has(input.name);
  return { inputs, outputs };
}

function nameOfTensor(message: WireReader): string {
  let name = '';
  while (message.next()) if (message.field === 8) name = message.text();
  return name;
}

/** A sparse tensor is named by its values. */
function nameOfSparseTensor(message: WireReader): string {
  let name = '';
  while (message.next()) if (message.field === 1) name = nameOfTensor(message.message());
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
function addTrainingGraphs(message: WireReader, holders: NodeHolder[]): void {
  while (message.next())
    if (message.field === 1 || message.field === 2)
      holders.push({ kind: 'graph', message: message.message() });
}
