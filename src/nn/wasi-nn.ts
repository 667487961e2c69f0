/** wasi:nn for the component of one request: which graphs exist for it, and what it may load. */
import type { Encoding } from '../engine/backend.ts';
import { BACKENDS, backendFor, FORMATS } from '../engine/backends.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { GraphReference } from '../engine/native-graph.ts';
import { NnGraph } from './graph.ts';
import { NnFailure, quoted } from './nn-error.ts';
import type { TensorHome } from './tensor.ts';

export type GraphEncoding = Encoding | 'autodetect';
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

/** The import object of one interface after the other, under their names without version. */
export type NnImports = Record<string, Record<string, unknown>>;

export interface NnGrants {
  graphs: ReadonlyMap<string, GraphReference>;
  loadBytes: boolean;
  /** Source of the graphs, for messages. */
  by: keyof typeof GRANTED_BY;
  /** Logs a message that the guest does not receive. */
  note: (message: string) => void;
}

export class WasiNn {
  readonly home: TensorHome;
  readonly #grants: NnGrants;

  constructor(home: TensorHome, grants: NnGrants) {
    this.home = home;
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
    return new NnGraph(this.home, graph);
  }

  /**
   * Loads what the bytes are, whatever encoding the guest names, since many guests can be given another model but not
   * another encoding.
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
    const served = encoding === 'autodetect' || BACKENDS.some((backend) => backend.encoding === encoding);
    if (bytes === undefined || builders.length !== 1) {
      if (!served) throw refusedEncoding(encoding);
      throw new NnFailure('invalid-argument', `A graph is one builder; ${builders.length} were given.`);
    }
    const { engine, meter } = this.home;
    meter.holdGraph(bytes.byteLength);
    try {
      const graph = engine.load(bytes);
      if (encoding !== 'autodetect' && encoding !== graph.encoding) {
        const { format } = backendFor(graph.encoding);
        this.#grants.note(
          `A graph was taken as the ${format} that it is, though its encoding is said to be ${encoding}.`,
        );
      }
      return new NnGraph(this.home, graph);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const isUnknown = error.code === 'invalid-encoding' && !served;
      throw isUnknown ? refusedEncoding(encoding) : new NnFailure(error.code, error.message);
    }
  }
}

function refusedEncoding(encoding: GraphEncoding | number): NnFailure {
  const [code, which] =
    typeof encoding === 'number'
      ? (['invalid-encoding', `encoding ${encoding}`] as const)
      : (['unsupported-operation', encoding] as const);
  return new NnFailure(code, `Graphs in ${which} are not supported; give ${FORMATS}, as one builder.`);
}
