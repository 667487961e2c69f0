/** wasi:nn's `error` resource, and how one is thrown so that a guest receives it. */
import type { NnErrorCode } from '../engine/engine-error.ts';

/** The resource itself; a guest reads it and drops it. */
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

/** A name that a guest chose, as messages show it: marked as a name, and never longer than a line. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
}

const LONGEST_NAME = 100;

/**
 * Thrown by host functions: becomes the `err` of the guest's result. The generated glue takes `payload` of
 * whatever is thrown; a thrown value without it is a trap.
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
