/**
 * wasi:nn as numbers: what the core ABI's calls do, whoever laid out their arguments.
 *
 * Graphs and contexts are handles, inputs and outputs go by their indices, and tensors are bytes that are copied in
 * and out. The graphs, limits and refusals are those of components.
 */
import type { GraphFacts } from '../../engine/graph-facts.ts';
import type { NnGraph } from '../graph.ts';
import { NnFailure } from '../nn-error.ts';
import type { NnHost } from '../nn-host.ts';
import { StatefulContext } from '../stateful-context.ts';
import { NnTensor } from '../tensor.ts';
import type { ExecutionTarget, GraphEncoding } from '../wasi-nn.ts';
import { HandleTable } from './handle-table.ts';
import { tensorTypeOf, type TensorNumbering } from './tensor-type.ts';

/**
 * By their numbers. 5 is `autodetect` in wasi-nn.witx and WasmEdge and ggml in WAMR, 6 the other way round; no ggml
 * is read here, and what is not ONNX is told by its bytes.
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

/** By their numbers. WasmEdge refuses its fourth, `auto`, here as well. */
const TARGETS: readonly ExecutionTarget[] = ['cpu', 'gpu', 'tpu'];

/** Bytes in the guest's memory, which are copied where they are kept. */
export interface RawTensor {
  dimensions: Uint32Array;
  /** As the guest numbers types. */
  number: number;
  /** Takes the length of the data where the ABI does not tell it: it is what the type needs. */
  data: (byteLength: number | undefined) => Uint8Array;
  byteLength: number | undefined;
}

export class CoreNn {
  readonly #host: NnHost;
  readonly #numbering: TensorNumbering | undefined;
  readonly #graphs = new HandleTable<NnGraph>('graph');
  readonly #contexts = new HandleTable<StatefulContext>('context');

  /** @param numbering of tensor types; undefined: as the ABI has it, or else found out tensor by tensor */
  constructor(host: NnHost, numbering: TensorNumbering | undefined) {
    this.#host = host;
    this.#numbering = numbering;
  }

  /** @throws NnFailure */
  load(builders: readonly Uint8Array[], encoding: number, target: number): number {
    const [knownEncoding, knownTarget] = [ENCODINGS[encoding >>> 0], TARGETS[target >>> 0]];
    if (knownTarget === undefined) {
      throw new NnFailure('invalid-argument', `There is no execution target ${target >>> 0}.`);
    }
    const size = builders.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#host.home.meter.assertGraph(size);
    const copies = builders.map((builder) => builder.slice());
    return this.#graphs.add(this.#host.nn.load(copies, knownEncoding ?? encoding >>> 0, knownTarget));
  }

  /** @throws NnFailure */
  loadByName(name: string | undefined): number {
    if (name === undefined) throw new NnFailure('invalid-argument', 'The name of the graph is not UTF-8.');
    return this.#graphs.add(this.#host.nn.loadByName(name));
  }

  /** @throws NnFailure */
  facts(graph: number): GraphFacts {
    return this.#graphs.get(graph).facts;
  }

  /** @throws NnFailure */
  initExecutionContext(graph: number): number {
    return this.#contexts.add(new StatefulContext(this.#graphs.get(graph).initExecutionContext()));
  }

  /** @throws NnFailure */
  setInput(context: number, index: number, { dimensions, number, data, byteLength }: RawTensor): void {
    const stateful = this.#contexts.get(context);
    const port = stateful.inputAt(index >>> 0);
    const home = this.#host.home;
    // Without a length it is WAMR's, and so are its numbers.
    const numbering = this.#numbering ?? (byteLength === undefined ? 'wasmedge-0.14' : undefined);
    const typeOf = (bytes: number) =>
      tensorTypeOf({ number, dimensions, byteLength: bytes, wanted: port.type }, numbering);
    const length = byteLength ?? NnTensor.bytesOf(dimensions, typeOf(-1));
    const type = typeOf(length);
    // Before it is copied, so that what is over a limit costs nothing.
    home.meter.assertRoom(length);
    stateful.setInput(port.name, NnTensor.fromGuest(home, dimensions, type, data(length).slice()));
  }

  /** @throws NnFailure, EngineError */
  compute(context: number): void {
    this.#contexts.get(context).compute();
  }

  /** Little-endian elements of an output of the last compute. @throws NnFailure, EngineError */
  output(context: number, index: number): Uint8Array {
    return this.#contexts
      .get(context)
      .outputAt(index >>> 0)
      .data();
  }

  /** Contexts of it stay. @throws NnFailure */
  unload(graph: number): void {
    this.#graphs.close(graph);
  }

  /** @throws NnFailure */
  finalizeContext(context: number): void {
    this.#contexts.close(context);
  }

  /** @throws NnFailure for a context that there is not */
  assertContext(context: number): void {
    this.#contexts.get(context);
  }
}
