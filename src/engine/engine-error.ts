/** wasi:nn's error codes, in the order of the specification. */
export const NN_ERROR_CODES = [
  'invalid-argument',
  'invalid-encoding',
  'timeout',
  'runtime-error',
  'unsupported-operation',
  'too-large',
  'not-found',
  'security',
  'unknown',
] as const;
export type NnErrorCode = (typeof NN_ERROR_CODES)[number];

/** A refusal by the engine, with its wasi:nn error code. */
export class EngineError extends Error {
  readonly code: NnErrorCode;

  constructor(code: NnErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
