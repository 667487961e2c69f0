/** wasi:nn's `error` resource, and the exception by which a guest receives it. */
import type { NnErrorCode } from '../engine/engine-error.ts';

export class NnError {
  readonly #code: NnErrorCode;
  readonly #data: string;

  constructor(code: NnErrorCode, data: string) {
    this.#code = code;
    this.#data = data;
  }

  code(): NnErrorCode {
    return this.#code;
  }

  data(): string {
    return this.#data;
  }
}

/** A guest's name in quotes for a message, shortened if it is long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name);
}

const MAX_NAME_LENGTH = 100;

/**
 * Thrown by host functions: becomes the `err` of the guest's result. The generated glue takes the `payload` of a thrown
 * value; a value without one is a trap.
 */
export class NnFailure extends Error {
  readonly payload: NnError;
  readonly code: NnErrorCode;

  constructor(code: NnErrorCode, message: string) {
    super(message);
    this.code = code;
    this.payload = new NnError(code, message);
  }
}
