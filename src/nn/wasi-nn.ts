/** wasi:nn for the component of one request: which graphs exist for it, and what it may load. */
import { EngineError } from '../engine/engine-error.ts';
import type { GraphReference } from '../engine/native-graph.ts';
import { NnGraph } from './graph.ts';
import { NnFailure, quoted } from './nn-error.ts';
import type { TensorHome } from './tensor.ts';

const GRAPH_ENCODINGS = [
  'openvino',
  'onnx',
  'tensorflow',
  'pytorch',
  'tensorflowlite',
  'ggml',
  'autodetect',
] as const;
export type GraphEncoding = (typeof GRAPH_ENCODINGS)[number];
export type ExecutionTarget = 'cpu' | 'gpu' | 'tpu';

/** Parts of messages, by what gives the graphs. */
const GRANTED_BY = {
  manifest: {
    none: 'The manifest lists no graph',
    some: 'it lists',
    load: 'the manifest grants it with "grants": { "graphLoad": true }',
  },
  'command line': {
    none: 'The command line gives no graph',
    some: 'its --nn-graph give',
    load: 'the command line grants it with --nn-allow-load',
  },
} as const;

export interface NnGrants {
  graphs: ReadonlyMap<string, GraphReference>;
  loadBytes: boolean;
  /** Source of the graphs, for messages. */
  by: keyof typeof GRANTED_BY;
  /** Logs a message that the guest does not receive. */
  note: (message: string) => void;
}

export class WasiNn {
  readonly #home: TensorHome;
  readonly #grants: NnGrants;

  constructor(home: TensorHome, grants: NnGrants) {
    this.#home = home;
    this.#grants = grants;
  }

  /** @throws NnFailure `not-found` */
  loadByName(name: string): NnGraph {
    const graph = this.#grants.graphs.get(name);
    if (graph === undefined) {
      const { none, some } = GRANTED_BY[this.#grants.by];
      const known = [...this.#grants.graphs.keys()].map((key) => `"${key}"`).join(', ');
      throw new NnFailure('not-found', `${none} ${quoted(name)}; ${some} ${known || 'none'}.`);
    }
    return new NnGraph(this.#home, graph);
  }

  /**
   * Loads ONNX whatever encoding the guest names, since many guests can be given another model but not another encoding.
   *
   * @param encoding a number if it has no name here
   * @throws NnFailure `security`, `unsupported-operation`, `invalid-argument`, `invalid-encoding`, `too-large`
   */
  load(builders: readonly Uint8Array[], encoding: GraphEncoding | number, target: ExecutionTarget): NnGraph {
    if (!this.#grants.loadBytes) {
      throw new NnFailure(
        'security',
        `Loading a graph from bytes is not granted; ${GRANTED_BY[this.#grants.by].load}.`,
      );
    }
    if (target !== 'cpu') {
      throw new NnFailure('unsupported-operation', `There is no ${target} here; load the graph for cpu.`);
    }
    const [bytes] = builders;
    const named = encoding === 'onnx' || encoding === 'autodetect';
    if (bytes === undefined || builders.length !== 1) {
      if (!named) throw refusedEncoding(encoding);
      throw new NnFailure('invalid-argument', `An ONNX graph is one builder; ${builders.length} were given.`);
    }
    try {
      const graph = this.#loadBytes(bytes);
      if (!named) {
        this.#grants.note(
          `A graph was taken as the ONNX that it is, though its encoding is said to be ${encoding}.`,
        );
      }
      return graph;
    } catch (error) {
      const isNotOnnx = error instanceof NnFailure && error.code === 'invalid-encoding';
      throw isNotOnnx && !named ? refusedEncoding(encoding) : error;
    }
  }

  #loadBytes(bytes: Uint8Array): NnGraph {
    const { engine, meter } = this.#home;
    meter.holdGraph(bytes.byteLength);
    try {
      return new NnGraph(this.#home, engine.load(bytes));
    } catch (error) {
      throw error instanceof EngineError ? new NnFailure(error.code, error.message) : error;
    }
  }
}

function refusedEncoding(encoding: GraphEncoding | number): NnFailure {
  return typeof encoding === 'number'
    ? new NnFailure(
        'invalid-encoding',
        `Graphs in encoding ${encoding} are not supported; give ONNX, as one builder.`,
      )
    : new NnFailure(
        'unsupported-operation',
        `Graphs in ${encoding} are not supported; give ONNX, as one builder.`,
      );
}
