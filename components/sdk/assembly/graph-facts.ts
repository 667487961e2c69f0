/** Inputs and outputs of a graph, as `Context.facts` returns them. */
import { forgetReceived, returnArea, takeString } from './abi/memory';
import { describeGraph } from './abi/imports/host';

/** In a `Port`'s dimensions: any size. */
export const ANY_SIZE: i64 = -1;

/** An input or output of a graph. */
export class Port {
  name: string = '';
  /** A `TensorType`; -1 where no tensor of wasi:nn can carry it. */
  type: i32 = -1;
  /** The model's own name of the type. */
  elementType: string = '';
  /** Sizes, `ANY_SIZE` among them; null where the model does not say. */
  dimensions: i64[] | null = null;
  /** For each dimension the name of its size; empty where it has none. */
  dimensionNames: string[] = [];
  /** Whether an input must be left out. */
  optional: bool = false;
}

export class GraphFacts {
  inputs: Port[] = [];
  outputs: Port[] = [];
  /** The model's own properties. */
  metadata: Map<string, string> = new Map<string, string>();
}

/** Bytes of one `port`, `dimension` and `tuple<string, string>` in a list. */
const PORT_SIZE: usize = 36;
const DIMENSION_SIZE: usize = 16;
const ENTRY_SIZE: usize = 16;

/** The cases of `dimension`, in the order of the contract. */
enum Dimension {
  Fixed,
  Named,
  Unknown,
}

/** Private to the SDK: asks the host. */
export function readFacts(graph: u32): GraphFacts {
  describeGraph(graph, returnArea);
  const facts = new GraphFacts();
  facts.inputs = portsAt(returnArea);
  facts.outputs = portsAt(returnArea + 8);
  const entries = load<usize>(returnArea, 16);
  const count = load<u32>(returnArea, 20);
  for (let i: u32 = 0; i < count; i++) {
    const entry = entries + i * ENTRY_SIZE;
    facts.metadata.set(stringAt(entry), stringAt(entry + 8));
  }
  forgetReceived();
  return facts;
}

function portsAt(at: usize): Port[] {
  const from = load<usize>(at);
  const count = load<u32>(at, 4);
  const ports = new Array<Port>(0);
  for (let i: u32 = 0; i < count; i++) ports.push(portAt(from + i * PORT_SIZE));
  return ports;
}

function portAt(at: usize): Port {
  const port = new Port();
  port.name = stringAt(at);
  if (load<u8>(at, 8) != 0) port.type = <i32>load<u8>(at, 9);
  port.elementType = stringAt(at + 12);
  if (load<u8>(at, 20) != 0) readDimensions(port, load<usize>(at, 24), load<u32>(at, 28));
  port.optional = load<u8>(at, 32) != 0;
  return port;
}

function readDimensions(port: Port, from: usize, count: u32): void {
  const sizes = new Array<i64>(0);
  for (let i: u32 = 0; i < count; i++) {
    const dimension = from + i * DIMENSION_SIZE;
    const kind = load<u8>(dimension);
    sizes.push(kind == Dimension.Fixed ? <i64>load<u64>(dimension, 8) : ANY_SIZE);
    port.dimensionNames.push(kind == Dimension.Named ? stringAt(dimension + 8) : '');
  }
  port.dimensions = sizes;
}

function stringAt(at: usize): string {
  return takeString(load<usize>(at), load<usize>(at, 4));
}
