/** A loaded graph as every thread of the process may use it: plain data. */
import { elementTypeNumber } from '../element-types.ts';
import type { GraphFacts, PortFacts } from './graph-facts.ts';
import type { Address } from './onnxruntime/library.ts';

export interface NativeGraph {
  /** One core a run. */
  session: Address;
  /** All cores for one run. */
  wideSession: Address | undefined;
  /** Cell 0 is 1 for as long as the sessions may be run. */
  loaded: SharedArrayBuffer;
}

/** A graph and what is known of it. */
export interface GraphReference {
  key: string;
  facts: GraphFacts;
  native: NativeGraph;
}

/** Names and types of a graph's inputs and outputs in the form that a run takes. */
export class NativePorts {
  readonly #names: Buffer;
  readonly #places = new Map<string, { offset: number; elementType: number }>();

  constructor(ports: readonly PortFacts[]) {
    this.#names = Buffer.from(ports.map(({ name }) => `${name}\0`).join(''));
    let offset = 0;
    for (const { name, elementType } of ports) {
      this.#places.set(name, { offset, elementType: elementTypeNumber(elementType) });
      offset += Buffer.byteLength(name) + 1;
    }
  }

  /** NUL-terminated names, one after the other. */
  get names(): Uint8Array {
    return this.#names;
  }

  offsetOf(name: string): number {
    return this.#place(name).offset;
  }

  /** `TensorProto.DataType`. */
  elementTypeOf(name: string): number {
    return this.#place(name).elementType;
  }

  #place(name: string): { offset: number; elementType: number } {
    const place = this.#places.get(name);
    if (place === undefined) throw new RangeError(`The graph has no input or output "${name}".`);
    return place;
  }
}
