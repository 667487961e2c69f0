import { PbfWriter } from 'pbf';
import { ELEMENT_TYPES } from './element-types.ts';
import { joined, lengthDelimited, unusedName, writeCastTarget } from './wire-writer.ts';

export interface GuardedModel {
  bytes: Uint8Array<ArrayBuffer>;
  /** The input that takes the most bytes that all outputs may have together: a DOUBLE scalar. */
  limit: string;
}

export interface GuardedOutput {
  name: string;
  /** Bytes of one element. */
  width: number;
}

/** ModelProto's field, and GraphProto's. */
const GRAPH = 7;
const [NODE, INITIALIZER, INPUT, OUTPUT] = [1, 5, 11, 12];
const [INT, FLOATING] = [ELEMENT_TYPES.INT64, ELEMENT_TYPES.DOUBLE];

/**
 * Has a graph itself refuse outputs that are too large, before they are copied out of it: that copy ends the
 * whole process where memory does not suffice, and no caller can know the size of an output in advance.
 *
 * It adds the bytes of all outputs and, where they are more than the limit, takes an element at that place from
 * a tensor of one: an error of the run, which {@link excessOf} reads. The parts are operators of opset 7, the
 * oldest that ONNX Runtime promises to run.
 *
 * @param bytes a sound ModelProto; a second graph message in it is merged into the first, as protobuf has it
 */
export function guardOutputs(bytes: Uint8Array, outputs: readonly GuardedOutput[]): GuardedModel {
  const prefix = unusedName(bytes, GUARD);
  const limit = `${prefix}_limit`;
  const graph = new GuardGraph(prefix);
  const total = graph.sum(
    [...Map.groupBy(outputs, ({ width }) => width)].map(([width, group]) =>
      graph.node('Mul', [
        graph.sum(group.map(({ name }) => graph.node('Size', [name]))),
        graph.constant(width),
      ]),
    ),
  );
  const over = graph.node('Greater', [graph.cast(total, FLOATING), limit]);
  const index = graph.node('Mul', [graph.cast(over, INT), total]);
  const found = graph.node('Gather', [graph.constant(0, [1]), index]);
  graph.parts.push(...scalar(INPUT, limit, FLOATING), ...scalar(OUTPUT, found, INT));
  return { bytes: joined([bytes, ...lengthDelimited(GRAPH, graph.parts)]), limit };
}

const GUARD = 'output_guard';

/** The bytes that all outputs would have had together, if it was the guard that made a run fail. */
export function excessOf(message: string): number | undefined {
  const bytes = new RegExp(`Name:'${GUARD}_\\d+_\\d+'.*idx=(\\d+)`, 's').exec(message)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}

/** Collects nodes and constants, each with a name of its own. */
class GuardGraph {
  readonly parts: Uint8Array[] = [];
  readonly #prefix: string;
  #names = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  node(operator: string, inputs: readonly string[], castTo?: number): string {
    const name = this.#name();
    const node = new PbfWriter();
    for (const input of inputs) node.writeStringField(1, input);
    node.writeStringField(2, name);
    node.writeStringField(3, name);
    node.writeStringField(4, operator);
    if (castTo !== undefined) node.writeMessage(5, writeCastTarget, castTo);
    this.parts.push(...lengthDelimited(NODE, [node.finish()]));
    return name;
  }

  cast(value: string, elementType: number): string {
    return this.node('Cast', [value], elementType);
  }

  sum(values: readonly string[]): string {
    return values.reduce((total, each) => this.node('Add', [total, each]));
  }

  constant(number: number, dimensions: readonly number[] = []): string {
    const name = this.#name();
    const tensor = new PbfWriter();
    tensor.writePackedVarint(1, [...dimensions]);
    tensor.writeVarintField(2, INT);
    tensor.writePackedVarint(7, [number]);
    tensor.writeStringField(8, name);
    this.parts.push(...lengthDelimited(INITIALIZER, [tensor.finish()]));
    return name;
  }

  #name(): string {
    return `${this.#prefix}_${this.#names++}`;
  }
}

/** A ValueInfoProto of a scalar. */
function scalar(field: number, name: string, elementType: number): Uint8Array[] {
  const pbf = new PbfWriter();
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, (_, type) => type.writeMessage(1, writeScalarType, elementType), null);
  return lengthDelimited(field, [pbf.finish()]);
}

function writeScalarType(elementType: number, type: PbfWriter): void {
  type.writeVarintField(1, elementType);
  // A shape without dimensions is a scalar's; without a shape the rank would be unknown.
  type.writeMessage(2, () => undefined, null);
}
