/** ONNX Runtime itself, called at once on this thread, as a guest's own call to wasi:nn expects. */
import { createRequire } from 'node:module';
import type { Tensor } from 'onnxruntime-node';

type Feed = Pick<Tensor, 'type' | 'data' | 'dims' | 'location'>;

interface NativeSession {
  inputMetadata: { name: string; type: number }[];
  outputMetadata: { name: string }[];
  loadModel(model: ArrayBuffer, offset: number, length: number, options: object): void;
  loadModel(path: string, options: object): void;
  run(feeds: Record<string, Feed>, fetches: Record<string, null>, options: object): Record<string, Tensor>;
}

const require = createRequire(import.meta.url);
const { binding, initOrt } = require('onnxruntime-node/dist/binding') as {
  binding: { InferenceSession: new () => NativeSession };
  initOrt: () => void;
};

/** ONNX's own number for the type that wasi:nn lacks. */
const ONNX_BOOL = 9;

export class Engine {
  readonly #session: NativeSession;
  readonly #outputs: Record<string, null>;
  readonly #bools: ReadonlySet<string>;
  /** Milliseconds spent in runs, and their number. */
  spent = 0;
  runs = 0;

  /** @param model the path of an ONNX file, or its bytes */
  constructor(model: string | Uint8Array<ArrayBuffer>) {
    initOrt();
    this.#session = new binding.InferenceSession();
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };
    if (typeof model === 'string') this.#session.loadModel(model, options);
    else this.#session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    this.#outputs = Object.fromEntries(this.#session.outputMetadata.map(({ name }) => [name, null]));
    const bools = this.#session.inputMetadata.filter(({ type }) => type === ONNX_BOOL);
    this.#bools = new Set(bools.map(({ name }) => name));
  }

  run(tensors: Record<string, Tensor>): Record<string, Tensor> {
    const feeds = Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, this.#feed(name, tensor)]),
    );
    const started = performance.now();
    try {
      return this.#session.run(feeds, this.#outputs, {});
    } finally {
      this.spent += performance.now() - started;
      this.runs++;
    }
  }

  #feed(name: string, { type, data, dims }: Tensor): Feed {
    if (this.#bools.has(name)) return { type: 'bool', data, dims, location: 'cpu' };
    if (type !== 'float16') return { type, data, dims, location: 'cpu' };
    // The binding gives halves out as a Float16Array, but takes them in as their bits only.
    const { buffer, byteOffset, byteLength } = data as Uint16Array;
    return { type, data: new Uint16Array(buffer, byteOffset, byteLength / 2), dims, location: 'cpu' };
  }
}
