import { OnnxFormatError } from './format-error.ts';
import type { WireReader } from './wire-reader.ts';

/** What is gathered from a graph, its nodes' attributes and every graph inside them. */
export interface GraphContents {
  /** Locations of tensor data outside the file, '' when a tensor names none. */
  externalData: Set<string>;
  /** `domain:operator`, with `ai.onnx` for the default domain. */
  operators: Set<string>;
}

/** Protobuf's own limit of 100 nested messages admits no more, at three messages for each graph. */
const DEEPEST_GRAPH = 32;

/** A message that holds nodes: a GraphProto (nodes in field 1) or a FunctionProto (field 7). */
export interface NodeHolder {
  kind: 'graph' | 'function';
  message: WireReader;
}

/**
 * Walks graphs and everything inside them without recursion, in one pass over their fields. Tensor data are
 * stepped over.
 *
 * @throws {OnnxFormatError} damaged, or graphs nested deeper than ONNX Runtime reads
 */
export function scanGraphs(holders: readonly NodeHolder[], contents: GraphContents): void {
  const waiting = holders.map((holder) => ({ ...holder, depth: 1 }));
  for (let holder = waiting.pop(); holder; holder = waiting.pop()) {
    const { kind, message, depth } = holder;
    const nodeField = kind === 'graph' ? 1 : 7;
    const found = (graph: WireReader): void => {
      if (depth === DEEPEST_GRAPH) throw new OnnxFormatError('The model nests graphs too deeply.');
      waiting.push({ kind: 'graph', message: graph, depth: depth + 1 });
    };
    while (message.next()) {
      if (message.field === nodeField) scanNode(message.message(), contents, found);
      else if (kind === 'function' && message.field === 11) scanAttribute(message.message(), contents, found);
      else if (kind === 'graph' && message.field === 5) scanTensor(message.message(), contents);
      else if (kind === 'graph' && message.field === 15) scanSparseTensor(message.message(), contents);
    }
  }
}

type Found = (graph: WireReader) => void;

function scanNode(message: WireReader, contents: GraphContents, found: Found): void {
  let operator = '';
  let domain = '';
  while (message.next()) {
    if (message.field === 4) operator = message.text();
    if (message.field === 7) domain = message.text();
    if (message.field === 5) scanAttribute(message.message(), contents, found);
  }
  contents.operators.add(`${domain === '' ? 'ai.onnx' : domain}:${operator}`);
}

function scanAttribute(message: WireReader, contents: GraphContents, found: Found): void {
  while (message.next()) {
    if (message.field === 5 || message.field === 10) scanTensor(message.message(), contents);
    if (message.field === 6 || message.field === 11) found(message.message());
    if (message.field === 22 || message.field === 23) scanSparseTensor(message.message(), contents);
  }
}

function scanSparseTensor(message: WireReader, contents: GraphContents): void {
  while (message.next())
    if (message.field === 1 || message.field === 2) scanTensor(message.message(), contents);
}

function scanTensor(message: WireReader, contents: GraphContents): void {
  let external = false;
  let located = false;
  while (message.next()) {
    if (message.field === 14) external = message.integer() !== 0;
    if (message.field !== 13) continue;
    const [key, value] = readEntry(message.message());
    if (key !== 'location') continue;
    contents.externalData.add(value);
    located = true;
  }
  if (external && !located) contents.externalData.add('');
}

/** Reads a StringStringEntryProto. */
export function readEntry(message: WireReader): [key: string, value: string] {
  let key = '';
  let value = '';
  while (message.next()) {
    if (message.field === 1) key = message.text();
    if (message.field === 2) value = message.text();
  }
  return [key, value];
}
