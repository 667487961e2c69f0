import { PbfWriter } from 'pbf';
import { ELEMENT_TYPES } from './element-types.ts';
import type { ModelFacts } from './inspect-model.ts';
import { readValueInfo, type IoFacts } from './value-info.ts';
import { WireReader } from './wire-reader.ts';
import { joined, lengthDelimited, unusedName, writeCastTarget } from './wire-writer.ts';

export interface WidenedModel {
  bytes: Uint8Array<ArrayBuffer>;
  /** For each input that was BFLOAT16, the name of the FLOAT input that now stands for it. */
  inputs: ReadonlyMap<string, string>;
  /** For each output that was BFLOAT16, the name of the FLOAT output that now stands for it. */
  outputs: ReadonlyMap<string, string>;
}

/** ModelProto's field. */
const GRAPH = 7;
/** GraphProto's fields. */
const NODE = 1;
const INPUT = 11;
const OUTPUT = 12;
const VALUE_INFO = 13;

/**
 * onnxruntime-node passes no BFLOAT16 tensors. This gives a model in which each input of that type is FLOAT
 * with a Cast behind it, and each output FLOAT behind a Cast; all values stay exact.
 *
 * The widened values get names of their own, and the old names go on meaning the BFLOAT16 values. So nothing
 * else in the graph changes, whatever subgraphs refer to them.
 *
 * @param facts of the same bytes
 * @returns `undefined` when nothing is to be widened. An input with a default value stays as it is: it
 *   cannot be given, but need not be.
 */
export function widenBfloat16(bytes: Uint8Array, facts: ModelFacts): WidenedModel | undefined {
  if (![...facts.inputs, ...facts.outputs].some(isNarrow)) return undefined;
  const suffix = unusedName(bytes, '_float32');
  const inputs = widenedNames(facts.inputs, `${suffix}_in`);
  const outputs = widenedNames(facts.outputs, `${suffix}_out`);

  const parts: Uint8Array[][] = [];
  const model = WireReader.over(bytes);
  while (model.next()) {
    if (model.field !== GRAPH) parts.push([model.raw()]);
    else parts.push(lengthDelimited(GRAPH, widenGraph(model.message(), inputs, outputs)));
  }
  return { bytes: joined(parts.flat()), inputs, outputs };
}

type Names = ReadonlyMap<string, string>;

function isNarrow({ elementType, optional }: IoFacts): boolean {
  return elementType === 'BFLOAT16' && !optional;
}

function widenedNames(values: readonly IoFacts[], suffix: string): Names {
  return new Map(values.filter(isNarrow).map(({ name }) => [name, name + suffix]));
}

function widenGraph(graph: WireReader, inputs: Names, outputs: Names): Uint8Array[] {
  const before: Uint8Array[] = [];
  const parts: Uint8Array[] = [];
  while (graph.next()) {
    const names = graph.field === INPUT ? inputs : graph.field === OUTPUT ? outputs : undefined;
    const value = names && readValueInfo(graph.message());
    const wideName = names?.get(value?.name ?? '');
    if (value === undefined || wideName === undefined) {
      parts.push(graph.raw());
      continue;
    }
    // What the file says of the value's shape still holds for what is now an inner value.
    parts.push(
      ...lengthDelimited(VALUE_INFO, [graph.bytes()]),
      ...lengthDelimited(graph.field, [floatValue(wideName, value.dimensions)]),
    );
    // Nodes must stand in the order in which they run.
    if (graph.field === INPUT) before.push(...castNode(wideName, value.name, ELEMENT_TYPES.BFLOAT16));
    else parts.push(...castNode(value.name, wideName, ELEMENT_TYPES.FLOAT));
  }
  return [...before, ...parts];
}

function castNode(from: string, to: string, elementType: number): Uint8Array[] {
  const node = new PbfWriter();
  node.writeStringField(1, from);
  node.writeStringField(2, to);
  node.writeStringField(4, 'Cast');
  node.writeMessage(5, writeCastTarget, elementType);
  return lengthDelimited(NODE, [node.finish()]);
}

function floatValue(name: string, dimensions: IoFacts['dimensions']): Uint8Array {
  const value = new PbfWriter();
  value.writeStringField(1, name);
  value.writeMessage(2, (_, type) => type.writeMessage(1, writeFloatTensor, dimensions), null);
  return value.finish();
}

function writeFloatTensor(dimensions: IoFacts['dimensions'], type: PbfWriter): void {
  type.writeVarintField(1, ELEMENT_TYPES.FLOAT);
  if (!dimensions) return;
  type.writeMessage(
    2,
    (_, shape) => dimensions.forEach((each) => shape.writeMessage(1, writeDimension, each)),
    null,
  );
}

function writeDimension(dimension: number | string | null, pbf: PbfWriter): void {
  if (typeof dimension === 'number') pbf.writeVarintField(1, dimension);
  if (typeof dimension === 'string') pbf.writeStringField(2, dimension);
}
