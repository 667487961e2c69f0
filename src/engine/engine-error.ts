import type { NnErrorCode } from '../bridge/protocol.ts';

/** What an engine refuses, in wasi:nn's terms. */
export class EngineError extends Error {
  readonly code: NnErrorCode;

  constructor(code: NnErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
