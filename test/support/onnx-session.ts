import { createRequire } from 'node:module';

/** ONNX Runtime itself, by the synchronous binding below its public API, for tests of what it takes. */

export interface RawTensor {
  type: string;
  data: ArrayBufferView | string[];
  dims: readonly number[];
  location?: 'cpu';
}

interface RawSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(feeds: object, fetches: object, options: object): Record<string, Required<RawTensor>>;
  inputMetadata: readonly { name: string; type: number; shape: readonly number[] }[];
  outputMetadata: readonly { name: string; type: number; shape: readonly number[] }[];
  dispose(): void;
}

const { binding, initOrt } = createRequire(import.meta.url)('onnxruntime-node/dist/binding') as {
  binding: { InferenceSession: new () => RawSession };
  initOrt: () => void;
};
initOrt();

const SILENT = 4;

/** A session of the model, with one thread and no logging. */
export function openSession(model: Uint8Array, options: object = {}): RawSession {
  const session = new binding.InferenceSession();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
    intraOpNumThreads: 1,
    logSeverityLevel: SILENT,
    ...options,
  });
  return session;
}

/** Loads a model, runs it once and gives its outputs. */
export function runModel(
  model: Uint8Array,
  feeds: Readonly<Record<string, RawTensor>>,
  options: object = {},
): Record<string, Required<RawTensor>> {
  const session = openSession(model, options);
  const located = new Map(
    Object.entries(feeds).map(([name, tensor]) => [name, { location: 'cpu', ...tensor }]),
  );
  const fetches = new Map(session.outputMetadata.map(({ name }) => [name, null]));
  try {
    return session.run(Object.fromEntries<object>(located), Object.fromEntries<null>(fetches), {});
  } finally {
    session.dispose();
  }
}
