/** wasi:io/streams' `output-stream` over any sink of bytes. Writes are unbuffered. */
import { Resource } from '../host/resource.ts';
import type { InputStream } from './input-stream.ts';
import { Pollable } from './poll.ts';
import { err, ok, type Result } from '../host/result.ts';
import { IoError, StreamFailure, type StreamError } from './stream-error.ts';
import type { StreamHost } from '../host/sleeper.ts';

const PERMIT_BYTES = 65_536;

export interface ByteSink {
  /** The sink takes ownership of the bytes. @throws StreamFailure */
  write(bytes: Uint8Array): void;
  close?(): void;
}

type Done = Result<undefined, StreamError>;

export class OutputStream extends Resource {
  readonly #sink: ByteSink;
  #closed = false;

  constructor(host: StreamHost, sink: ByteSink) {
    super(host);
    this.#sink = sink;
  }

  checkWrite(): Result<bigint, StreamError> {
    return this.#closed ? err({ tag: 'closed' }) : ok(BigInt(PERMIT_BYTES));
  }

  /** @throws RangeError, a trap, beyond the permit */
  write(contents: Uint8Array): Done {
    if (this.#closed) return err({ tag: 'closed' });
    if (contents.byteLength > PERMIT_BYTES) throw overPermit(contents.byteLength);
    try {
      this.#sink.write(contents);
      return ok();
    } catch (failure) {
      if (!(failure instanceof StreamFailure)) throw failure;
      this.#closed = true;
      return err({ tag: 'last-operation-failed', val: new IoError(this.host, failure) });
    }
  }

  blockingWriteAndFlush(contents: Uint8Array): Done {
    return this.write(contents);
  }

  flush(): Done {
    return this.#closed ? err({ tag: 'closed' }) : ok();
  }

  blockingFlush(): Done {
    return this.flush();
  }

  writeZeroes(length: bigint): Done {
    if (length > PERMIT_BYTES) throw overPermit(length);
    return this.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): Done {
    return this.writeZeroes(length);
  }

  splice(source: InputStream, length: bigint): Result<bigint, StreamError> {
    return this.#pass(source.read(length));
  }

  /** @throws RequestCancelled */
  blockingSplice(source: InputStream, length: bigint): Result<bigint, StreamError> {
    return this.#pass(source.blockingRead(length));
  }

  subscribe(): Pollable {
    return new Pollable(this.host, { ready: () => true });
  }

  protected override onDrop(): void {
    this.#closed = true;
    this.#sink.close?.();
  }

  #pass(read: Result<Uint8Array, StreamError>): Result<bigint, StreamError> {
    if (read.tag === 'err') return read;
    const written = this.write(read.val);
    return written.tag === 'err' ? written : ok(BigInt(read.val.byteLength));
  }
}

function overPermit(length: number | bigint): RangeError {
  return new RangeError(`One write of ${length} bytes is over the ${PERMIT_BYTES} that check-write permits.`);
}
