/**
 * wasi:nn with numbers: the calls common to both core ABIs, independent of how their arguments are laid out.
 *
 * Graphs and contexts are handles, inputs and outputs are indices, and tensors are bytes that are copied in and
 * out. The graphs, limits and refusals are those of components.
 */
import type { NnGraph } from '../graph.ts';
import { NnFailure } from '../nn-error.ts';
import { StatefulContext } from '../stateful-context.ts';
import { NnTensor } from '../tensor.ts';
import type { ExecutionTarget, GraphEncoding, WasiNn } from '../wasi-nn.ts';
import { HandleTable } from './handle-table.ts';
import { tensorTypeOf, type TensorNumbering } from './tensor-type.ts';

/**
 * Encodings by number. 5 is `autodetect` in wasi-nn.witx and WasmEdge but ggml in WAMR, and 6 the reverse; that does
 * not matter, since a graph is recognised by its bytes.
 */
const ENCODINGS: readonly GraphEncoding[] = [
  'openvino',
  'onnx',
  'tensorflow',
  'pytorch',
  'tensorflowlite',
  'autodetect',
  'autodetect',
];

/** Targets by number. WasmEdge's fourth, `auto`, is refused, as WasmEdge itself does. */
const TARGETS: readonly ExecutionTarget[] = ['cpu', 'gpu', 'tpu'];

/** A tensor in the guest's memory. */
export interface RawTensor {
  dimensions: Uint32Array;
  /** The guest's number of the type. */
  number: number;
  /** The data; takes their length, computed from the type, if the ABI does not give it. */
  data: (byteLength: number | undefined) => Uint8Array;
  byteLength: number | undefined;
}

export class CoreNn {
  readonly #nn: WasiNn;
  readonly #numbering: TensorNumbering | undefined;
  /** A graph that is closed leaves its contexts usable. */
  readonly graphs = new HandleTable<NnGraph>('graph');
  readonly contexts = new HandleTable<StatefulContext>('context');

  /** @param numbering numbering of tensor types; undefined to use the ABI's, or to detect it per tensor */
  constructor(nn: WasiNn, numbering: TensorNumbering | undefined) {
    this.#nn = nn;
    this.#numbering = numbering;
  }

  /** @throws NnFailure */
  load(builders: readonly Uint8Array[], encoding: number, target: number): number {
    const [knownEncoding, knownTarget] = [ENCODINGS[encoding >>> 0], TARGETS[target >>> 0]];
    if (knownTarget === undefined) {
      throw new NnFailure('invalid-argument', `There is no execution target ${target >>> 0}.`);
    }
    const size = builders.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#nn.home.meter.assertGraph(size);
    const copies = builders.map((builder) => builder.slice());
    return this.graphs.add(this.#nn.load(copies, knownEncoding ?? encoding >>> 0, knownTarget));
  }

  /** @throws NnFailure */
  loadByName(name: string | undefined): number {
    if (name === undefined) throw new NnFailure('invalid-argument', 'The name of the graph is not UTF-8.');
    return this.graphs.add(this.#nn.loadByName(name));
  }

  /** @throws NnFailure */
  initExecutionContext(graph: number): number {
    return this.contexts.add(new StatefulContext(this.graphs.get(graph).initExecutionContext()));
  }

  /** @throws NnFailure */
  setInput(context: number, index: number, { dimensions, number, data, byteLength }: RawTensor): void {
    const stateful = this.contexts.get(context);
    const port = stateful.inputAt(index >>> 0);
    const { home } = this.#nn;
    // Only WAMR's ABI has no length; it has its own numbering.
    const numbering = this.#numbering ?? (byteLength === undefined ? 'wasmedge-0.14' : undefined);
    const typeOf = (bytes: number) =>
      tensorTypeOf({ number, dimensions, byteLength: bytes, wanted: port.type }, numbering);
    const length = byteLength ?? NnTensor.bytesOf(dimensions, typeOf(-1));
    const type = typeOf(length);
    // Checked before the data are copied.
    home.meter.assertRoom(length);
    stateful.setInput(port.name, NnTensor.fromGuest(home, dimensions, type, data(length).slice()));
  }

  /** Little-endian elements of an output of the last compute. @throws NnFailure, EngineError */
  output(context: number, index: number): Uint8Array {
    return this.contexts
      .get(context)
      .outputAt(index >>> 0)
      .data();
  }
}
