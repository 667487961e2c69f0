import { createRequire } from 'node:module';

/** ONNX Runtime's own reading of a model, by the JavaScript binding that comes with it. */

interface RawSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  inputMetadata: readonly { name: string; type: number; shape: readonly number[] }[];
  outputMetadata: readonly { name: string; type: number; shape: readonly number[] }[];
  dispose(): void;
}

const { binding, initOrt } = createRequire(import.meta.url)('onnxruntime-node/dist/binding') as {
  binding: { InferenceSession: new () => RawSession };
  initOrt: () => void;
};
// It would send usage events otherwise.
process.env['ORT_DISABLE_TELEMETRY'] = '1';
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
