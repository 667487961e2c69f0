/** The backends: one row for each encoding that is served. */
import type { Backend, Encoding } from './backend.ts';
import { EngineError } from './engine-error.ts';
import { ONNX } from './backends/onnx/onnx.ts';

export const BACKENDS: readonly [Backend, ...Backend[]] = [ONNX];

/** `ONNX` */
export const FORMATS = BACKENDS.map(({ format }) => format).join(' or ');

/** Told by the file, whatever its name; the first says what is wrong with a file of no encoding. */
export function backendOf(model: Uint8Array): Backend {
  return BACKENDS.find((backend) => backend.recognises(model)) ?? BACKENDS[0];
}

/** @throws EngineError `invalid-encoding` */
export function backendFor(encoding: Encoding): Backend {
  const found = BACKENDS.find((backend) => backend.encoding === encoding);
  if (found === undefined) throw new EngineError('invalid-encoding', `Nothing here runs ${encoding}.`);
  return found;
}
