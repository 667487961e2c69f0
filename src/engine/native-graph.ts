/** A loaded graph, as plain data that every thread of the process may use. */
import { elementTypeNumber } from '../element-types.ts';
import type { GraphFacts, PortFacts } from './graph-facts.ts';
import type { Address } from './onnxruntime/c-api.ts';

export interface NativeGraph {
  /** Runs on one core. */
  session: Address;
  /** Runs on all cores. */
  multiThreadedSession: Address | undefined;
  /** Cell 0 is 1 while the sessions may be run. */
  loaded: SharedArrayBuffer;
}

/** A loaded graph and its facts. */
export interface GraphReference {
  key: string;
  facts: GraphFacts;
  native: NativeGraph;
}

/** Names and types of a graph's inputs and outputs in the form that `Run` of the C API takes. */
export class NativePorts {
  readonly #names: Buffer;
  readonly #ports = new Map<string, { offset: number; elementType: number }>();

  constructor(ports: readonly PortFacts[]) {
    this.#names = Buffer.from(ports.map(({ name }) => `${name}\0`).join(''));
    let offset = 0;
    for (const { name, elementType } of ports) {
      this.#ports.set(name, { offset, elementType: elementTypeNumber(elementType) });
      offset += Buffer.byteLength(name) + 1;
    }
  }

  /** NUL-terminated names, one after the other. */
  get names(): Uint8Array {
    return this.#names;
  }

  offsetOf(name: string): number {
    return this.#find(name).offset;
  }

  /** `TensorProto.DataType`. */
  elementTypeOf(name: string): number {
    return this.#find(name).elementType;
  }

  #find(name: string): { offset: number; elementType: number } {
    const port = this.#ports.get(name);
    if (port === undefined) throw new RangeError(`The graph has no input or output "${name}".`);
    return port;
  }
}
