/** wasi:io/streams' `input-stream` over any source of bytes. */
import { Resource } from '../host/resource.ts';
import { Pollable, waitForAny, type Event } from './poll.ts';
import { err, ok, type Result } from '../host/result.ts';
import { IoError, StreamFailure, type StreamError } from './stream-error.ts';
import type { StreamHost } from '../host/sleeper.ts';

const MAX_READ_BYTES = 65_536;

/** Source of an input stream's bytes. It is ready when `read` would return bytes or the end. */
export interface ByteSource extends Event {
  /** Reads at most `max` bytes: an empty array if there are none yet, undefined at the end. @throws StreamFailure */
  read(max: number): Uint8Array | undefined;
  close?(): void;
}

export const EMPTY: ByteSource = { ready: () => true, read: () => undefined };

export class InputStream extends Resource {
  readonly #source: ByteSource;
  #closed = false;

  constructor(host: StreamHost, source: ByteSource) {
    super(host);
    this.#source = source;
  }

  read(length: bigint): Result<Uint8Array, StreamError> {
    if (this.#closed) return err({ tag: 'closed' });
    if (length === 0n) return ok(new Uint8Array());
    try {
      const bytes = this.#source.read(length < MAX_READ_BYTES ? Number(length) : MAX_READ_BYTES);
      if (bytes !== undefined) return ok(bytes);
      this.#closed = true;
      return err({ tag: 'closed' });
    } catch (failure) {
      if (!(failure instanceof StreamFailure)) throw failure;
      this.#closed = true;
      return err({ tag: 'last-operation-failed', val: new IoError(this.host, failure) });
    }
  }

  /** @throws RequestCancelled */
  blockingRead(length: bigint): Result<Uint8Array, StreamError> {
    this.#block();
    return this.read(length);
  }

  skip(length: bigint): Result<bigint, StreamError> {
    const read = this.read(length);
    return read.tag === 'ok' ? ok(BigInt(read.val.byteLength)) : read;
  }

  /** @throws RequestCancelled */
  blockingSkip(length: bigint): Result<bigint, StreamError> {
    this.#block();
    return this.skip(length);
  }

  subscribe(): Pollable {
    return new Pollable(this.host, { ready: () => this.#closed || this.#source.ready() });
  }

  protected override onDrop(): void {
    this.#closed = true;
    this.#source.close?.();
  }

  #block(): void {
    if (!this.#closed) waitForAny(this.host, [this.#source]);
  }
}
