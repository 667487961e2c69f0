/** wasi:io/error, and the errors of streams. */
import type { HandleCount } from '../host/handle-count.ts';

/** wasi:io/error's resource. */
export class IoError {
  readonly #handles: HandleCount;
  readonly #failure: StreamFailure;

  constructor(handles: HandleCount, failure: StreamFailure) {
    handles.add();
    this.#handles = handles;
    this.#failure = failure;
  }

  toDebugString(): string {
    return this.#failure.message;
  }

  [Symbol.dispose](): void {
    this.#handles.remove();
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
