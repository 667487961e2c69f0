import { Resource } from '../host/resource.ts';
import type { FileError } from '../filesystem/find-node.ts';
import type { StreamHost } from '../host/sleeper.ts';
import type { HttpError } from '../http/http-error.ts';

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

  /** Detail of the failure for the interface that made the stream. */
  static detailOf(error: IoError): StreamFailure['detail'] {
    return error.#failure.detail;
  }
}

export type StreamError = { tag: 'closed' } | { tag: 'last-operation-failed'; val: IoError };

/** Thrown by byte sources and sinks; the component receives it as the error of its stream. */
export class StreamFailure extends Error {
  readonly detail: FileError | HttpError | undefined;

  constructor(message: string, detail?: FileError | HttpError) {
    super(message);
    this.detail = detail;
  }
}
