/** Helpers to call ONNX Runtime's C functions: failures are thrown, and results returned. */
import { addressOf, type Address, type Argument, type NativeFunction } from '../../../native/koffi.ts';
import type { NativeBytes } from '../../../runtime.ts';
import { openLibrary } from './c-api.ts';

/** A failed call, with ONNX Runtime's message. */
export class NativeFailure extends Error {}

export class Native {
  readonly #library = openLibrary();
  /** Over an explicit buffer, because V8 may move the bytes of short arrays without one. */
  readonly #results = new BigUint64Array(new ArrayBuffer(3 * 8));
  readonly #inUse = new Set<readonly unknown[]>();
  readonly call = this.#library.functions;
  readonly valueOf = this.#library.valueOf;
  readonly addressAt = this.#library.addressAt;

  /** Releases the status. @throws NativeFailure if it is not null */
  check(status: Address | null): void {
    if (status === null) return;
    const message = this.#library.messageOf(status);
    this.call.ReleaseStatus(status);
    throw new NativeFailure(message);
  }

  /** Calls a function that writes its result to its last parameter. @throws NativeFailure */
  result(write: (out: BigUint64Array) => Address | null): bigint {
    this.#results[0] = 0n;
    this.check(write(this.#results));
    return this.#results[0];
  }

  /** Calls a function that writes its results to its last three parameters. @throws NativeFailure */
  results(write: (first: Address, second: Address, third: Address) => Address | null): readonly bigint[] {
    this.#results.fill(0n);
    const at = addressOf(this.#results);
    this.check(write(at, at + 8n, at + 16n));
    return [...this.#results];
  }

  /** Calls on a thread of libuv's pool. @throws NativeFailure */
  async checkLater(native: NativeFunction, ...args: Argument[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<Address | null>();
    // V8 may collect a local variable before the last native use of its bytes.
    this.#inUse.add(args);
    native.async(...args, (error, status) => {
      this.#inUse.delete(args);
      if (error === null) resolve(status);
      else reject(error);
    });
    this.check(await promise);
  }

  /** Bytes of this thread as they are, and a copy of those in native memory. */
  bytesOf(bytes: Uint8Array | NativeBytes): Uint8Array {
    return ArrayBuffer.isView(bytes) ? bytes : this.bytesAt(bytes.address, bytes.byteLength);
  }

  /** A copy of native memory. */
  bytesAt(address: Address, byteLength: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(new ArrayBuffer(byteLength));
    if (byteLength > 0) this.#library.copy(bytes, address, byteLength);
    return bytes;
  }

  write(address: Address, bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#library.copy(address, bytes, bytes.byteLength);
  }
}
