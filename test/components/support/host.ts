/**
 * The least host that a component runs on, in this very process: wasi:nn over `Engine`, and the
 * other imports over plain values. The product's own host is src/nn; this one keeps the tests of a
 * component free of it.
 */
import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Engine } from './engine.ts';

const ORT_TYPES = {
  FP32: 'float32',
  FP64: 'float64',
  U8: 'uint8',
  I32: 'int32',
  I64: 'int64',
  FP16: 'float16',
};
type NnType = keyof typeof ORT_TYPES;

const VIEWS: Record<NnType, new (buffer: ArrayBuffer) => ArrayBufferView> = {
  FP32: Float32Array,
  FP64: Float64Array,
  U8: Uint8Array,
  I32: Int32Array,
  I64: BigInt64Array,
  FP16: Float16Array,
};

export interface HostOptions {
  readonly graphs: Readonly<Record<string, Engine>>;
  readonly config?: Readonly<Record<string, string>>;
  readonly assets?: Readonly<Record<string, Uint8Array>>;
  readonly sound?: Float32Array;
}

/** Calls of a component to its host, and the tensors that it was given or made. */
export interface Host {
  readonly imports: Record<string, Record<string, unknown>>;
  readonly lines: string[];
  readonly updates: { text: string; seconds: number }[];
  /** Inputs of every run, by name, as the engine got them. */
  readonly runs: Record<string, OrtTensor>[];
  readonly tensors: { live: number; most: number; bytesRead: number };
}

class NnError {
  readonly #code: string;
  readonly #data: string;
  constructor(code: string, data: string) {
    this.#code = code;
    this.#data = data;
  }
  code(): string {
    return this.#code;
  }
  data(): string {
    return this.#data;
  }
}

function refuse(code: string, message: string): never {
  throw Object.assign(new Error(message), { payload: new NnError(code, message) });
}

export function createHost({
  graphs,
  config = {},
  assets = {},
  sound = new Float32Array(0),
}: HostOptions): Host {
  const lines: string[] = [];
  const updates: { text: string; seconds: number }[] = [];
  const runs: Record<string, OrtTensor>[] = [];
  const tensors = { live: 0, most: 0, bytesRead: 0 };

  class Tensor {
    ort: OrtTensor;
    constructor(dimensions: Iterable<number>, type: NnType, data: Uint8Array, ort?: OrtTensor) {
      tensors.most = Math.max(tensors.most, ++tensors.live);
      const view = ort ? undefined : new VIEWS[type](data.slice().buffer);
      this.ort = ort ?? new OrtTensor(ORT_TYPES[type] as 'float32', view as Float32Array, [...dimensions]);
    }
    dimensions(): Uint32Array {
      return Uint32Array.from(this.ort.dims);
    }
    ty(): string {
      return Object.entries(ORT_TYPES).find(([, name]) => name === this.ort.type)?.[0] ?? 'U8';
    }
    data(): Uint8Array {
      const { buffer, byteOffset, byteLength } = this.ort.data as Float32Array;
      tensors.bytesRead += byteLength;
      return new Uint8Array(buffer, byteOffset, byteLength);
    }
    [Symbol.dispose](): void {
      tensors.live--;
    }
  }

  class GraphExecutionContext {
    readonly #engine: Engine;
    readonly #bound: Record<string, OrtTensor> = {};
    constructor(engine: Engine) {
      this.#engine = engine;
    }
    bind(inputs: [string, Tensor][]): void {
      for (const [name, tensor] of inputs) this.#bound[name] = tensor.ort;
      tensors.live -= inputs.length;
    }
    compute(inputs: [string, Tensor][]): [string, Tensor][] {
      const feeds = { ...this.#bound, ...Object.fromEntries(inputs.map(([name, { ort }]) => [name, ort])) };
      tensors.live -= inputs.length;
      runs.push(feeds);
      try {
        const outputs = Object.entries(this.#engine.run(feeds));
        return outputs.map(([name, ort]) => [name, new Tensor([], 'FP32', new Uint8Array(), ort)]);
      } catch (error) {
        return refuse('runtime-error', String(error));
      }
    }
  }

  class Graph {
    readonly #engine: Engine;
    constructor(engine: Engine) {
      this.#engine = engine;
    }
    initExecutionContext(): GraphExecutionContext {
      return new GraphExecutionContext(this.#engine);
    }
  }

  const imports = {
    'wasi:nn/tensor': { Tensor },
    'wasi:nn/errors': { Error: NnError },
    'wasi:nn/inference': { GraphExecutionContext },
    'sandpiper:inference/bound-inputs': {
      bind: (context: GraphExecutionContext, inputs: [string, Tensor][]) => context.bind(inputs),
    },
    'wasi:nn/graph': {
      Graph,
      loadByName(name: string): Graph {
        const engine = graphs[name];
        return engine ? new Graph(engine) : refuse('not-found', `no graph "${name}"`);
      },
    },
    'wasi:config/store': { getAll: () => Object.entries(config), get: (key: string) => config[key] },
    'wasi:logging/logging': {
      log: (level: string, context: string, message: string) =>
        void lines.push(`${level} ${context}: ${message}`),
    },
    'sandpiper:inference/assets': {
      read(name: string): Uint8Array {
        const asset = assets[name];
        if (!asset) throw Object.assign(new Error(name), { payload: 'not-found' });
        return asset;
      },
    },
    'sandpiper:inference/sound': {
      length: () => BigInt(sound.length),
      read: (offset: bigint, count: number) => sound.slice(Number(offset), Number(offset) + count),
    },
    // The sound is a whole one: nothing else is asked.
    'sandpiper:inference/live-sound': {
      options: () => undefined,
      ...Object.fromEntries(
        ['wait', 'release', 'giveWay', 'speechStarted', 'speechStopped', 'tell', 'settle'].map((name) => [
          name,
          () => refuse('unsupported-operation', `${name} of a whole sound`),
        ]),
      ),
    },
    'sandpiper:inference/progress': {
      report: (update: { text: string; seconds: number }) => void updates.push(update),
    },
  };
  return { imports, lines, updates, runs, tensors };
}
