import { Resource } from '../host/resource.ts';
import type { StreamHost } from '../host/sleeper.ts';

/** wasi:io/error's resource. */
export class IoError extends Resource {
  readonly #failure: StreamFailure;

  constructor(host: StreamHost, failure: StreamFailure) {
    super(host);
    this.#failure = failure;
  }

  toDebugString(): string {
    return this.#failure.message;
  }

  /** Detail of the failure for the interface that made the stream, such as an HTTP error code. */
  static detailOf(error: IoError): unknown {
    return error.#failure.detail;
  }
}

export type StreamError = { tag: 'closed' } | { tag: 'last-operation-failed'; val: IoError };

/** Thrown by byte sources and sinks; the component receives it as the error of its stream. */
export class StreamFailure extends Error {
  readonly detail: unknown;

  constructor(message: string, detail?: unknown) {
    super(message);
    this.detail = detail;
  }
}
