import { PbfWriter } from 'pbf';
import { elementTypeNumber, type ElementType } from '../../src/element-types.ts';

/**
 * Builds small ONNX models for tests. What goes in is written as it stands: nothing is checked, so that a
 * test can just as well build a model that ONNX Runtime must refuse.
 */

/** A number is fixed, a string a symbolic name, `null` an unknown size. No `dims` at all: unknown rank. */
export interface ValueSpec {
  name: string;
  type: ElementType;
  dims?: readonly (number | string | null)[];
  /** A sequence of maps from this type to `type`, in the place of a tensor. */
  mapsFrom?: ElementType;
}

export interface TensorSpec {
  name?: string;
  type: ElementType;
  dims: readonly number[];
  /** Elements in row-major order, little-endian; text for STRING. Absent when the data are external. */
  data?: ArrayBufferView | readonly string[];
  external?: Readonly<Record<string, string>>;
}

export type AttributeSpec =
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { text: string }
  | { tensor: TensorSpec }
  | { graph: GraphSpec };

export interface NodeSpec {
  op: string;
  domain?: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, AttributeSpec>>;
}

export interface GraphSpec {
  inputs: readonly ValueSpec[];
  outputs: readonly ValueSpec[];
  nodes: readonly NodeSpec[];
  initializers?: readonly TensorSpec[];
  sparseInitializers?: readonly SparseTensorSpec[];
}

export interface SparseTensorSpec {
  values: TensorSpec;
  indices: TensorSpec;
  dims: readonly number[];
}

export interface FunctionSpec {
  name: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  nodes: readonly NodeSpec[];
}

export interface ModelSpec extends GraphSpec {
  /** Version of the default operator set. */
  opset?: number;
  /** Further operator sets by domain. */
  domains?: Readonly<Record<string, number>>;
  irVersion?: number;
  producer?: string;
  metadata?: Readonly<Record<string, string>>;
  functions?: readonly FunctionSpec[];
  training?: GraphSpec;
}

/** The bytes of a ModelProto. */
export function onnxModel(spec: ModelSpec): Uint8Array<ArrayBuffer> {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, spec.irVersion ?? 10);
  if (spec.producer !== undefined) pbf.writeStringField(2, spec.producer);
  pbf.writeMessage(7, writeGraph, spec);
  for (const [domain, version] of Object.entries({ '': spec.opset ?? 22, ...spec.domains }))
    pbf.writeMessage(8, writeOpset, { domain, version });
  for (const entry of Object.entries(spec.metadata ?? {})) pbf.writeMessage(14, writeEntry, entry);
  if (spec.training)
    pbf.writeMessage(20, (graph, out) => out.writeMessage(2, writeGraph, graph), spec.training);
  for (const each of spec.functions ?? []) pbf.writeMessage(25, writeFunction, each);
  return new Uint8Array(pbf.finish());
}

function writeGraph(graph: GraphSpec, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, 'graph');
  for (const tensor of graph.initializers ?? []) pbf.writeMessage(5, writeTensor, tensor);
  for (const value of graph.inputs) pbf.writeMessage(11, writeValueInfo, value);
  for (const value of graph.outputs) pbf.writeMessage(12, writeValueInfo, value);
  for (const sparse of graph.sparseInitializers ?? []) pbf.writeMessage(15, writeSparse, sparse);
}

function writeNode(node: NodeSpec, pbf: PbfWriter): void {
  for (const name of node.inputs) pbf.writeStringField(1, name);
  for (const name of node.outputs) pbf.writeStringField(2, name);
  pbf.writeStringField(4, node.op);
  for (const entry of Object.entries(node.attributes ?? {})) pbf.writeMessage(5, writeAttribute, entry);
  if (node.domain !== undefined) pbf.writeStringField(7, node.domain);
}

function writeAttribute([name, value]: [string, AttributeSpec], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if ('float' in value) pbf.writeFloatField(2, value.float);
  if ('int' in value) pbf.writeVarintField(3, value.int);
  if ('text' in value) pbf.writeStringField(4, value.text);
  if ('tensor' in value) pbf.writeMessage(5, writeTensor, value.tensor);
  if ('graph' in value) pbf.writeMessage(6, writeGraph, value.graph);
  if ('ints' in value) pbf.writePackedVarint(8, [...value.ints]);
  const kind = Object.keys(value)[0] ?? '';
  pbf.writeVarintField(20, ATTRIBUTE_TYPES[kind] ?? 0);
}

/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPES: Record<string, number> = { float: 1, int: 2, text: 3, tensor: 4, graph: 5, ints: 7 };

function writeTensor(tensor: TensorSpec, pbf: PbfWriter): void {
  pbf.writePackedVarint(1, [...tensor.dims]);
  pbf.writeVarintField(2, elementTypeNumber(tensor.type));
  if (tensor.name !== undefined) pbf.writeStringField(8, tensor.name);
  const { data } = tensor;
  if (data && ArrayBuffer.isView(data))
    pbf.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  else for (const text of data ?? []) pbf.writeStringField(6, text);
  for (const entry of Object.entries(tensor.external ?? {})) pbf.writeMessage(13, writeEntry, entry);
  if (tensor.external) pbf.writeVarintField(14, 1);
}

function writeSparse(sparse: SparseTensorSpec, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensor, sparse.values);
  pbf.writeMessage(2, writeTensor, sparse.indices);
  pbf.writePackedVarint(3, [...sparse.dims]);
}

function writeValueInfo(value: ValueSpec, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.name);
  pbf.writeMessage(2, value.mapsFrom === undefined ? writeType : writeSequence, value);
}

function writeType(value: ValueSpec, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, value);
}

/** TypeProto.Sequence of TypeProto.Map. */
function writeSequence(value: ValueSpec, pbf: PbfWriter): void {
  const writeMap = (_: unknown, map: PbfWriter): void => {
    map.writeVarintField(1, elementTypeNumber(value.mapsFrom ?? 'INT64'));
    map.writeMessage(2, writeType, value);
  };
  pbf.writeMessage(
    4,
    (_, sequence) => sequence.writeMessage(1, (__, element) => element.writeMessage(5, writeMap, null), null),
    null,
  );
}

function writeTensorType(value: ValueSpec, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementTypeNumber(value.type));
  const { dims } = value;
  if (dims)
    pbf.writeMessage(2, (_, shape) => dims.forEach((dim) => shape.writeMessage(1, writeDim, dim)), null);
}

function writeDim(dim: number | string | null, pbf: PbfWriter): void {
  if (typeof dim === 'number') pbf.writeVarintField(1, dim);
  if (typeof dim === 'string') pbf.writeStringField(2, dim);
}

function writeFunction(spec: FunctionSpec, pbf: PbfWriter): void {
  pbf.writeStringField(1, spec.name);
  for (const name of spec.inputs) pbf.writeStringField(4, name);
  for (const name of spec.outputs) pbf.writeStringField(5, name);
  for (const node of spec.nodes) pbf.writeMessage(7, writeNode, node);
  pbf.writeMessage(9, writeOpset, { domain: '', version: 22 });
  pbf.writeMessage(9, writeOpset, { domain: spec.domain, version: 1 });
  pbf.writeStringField(10, spec.domain);
}

function writeOpset(opset: { domain: string; version: number }, pbf: PbfWriter): void {
  if (opset.domain !== '') pbf.writeStringField(1, opset.domain);
  pbf.writeVarintField(2, opset.version);
}

function writeEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}
