/** wasi:http's `request-options`. */
import { ok, type Result } from '../host/result.ts';
import type { WasiHost } from '../wasi-host.ts';

type Done = Result<undefined, undefined>;

/** Timeouts in nanoseconds; undefined for none. */
export class RequestOptions {
  readonly #handles: WasiHost['handles'];
  #connect: bigint | undefined;
  #firstByte: bigint | undefined;
  #betweenBytes: bigint | undefined;

  constructor(handles: WasiHost['handles']) {
    handles.add();
    this.#handles = handles;
  }

  connectTimeout(): bigint | undefined {
    return this.#connect;
  }

  setConnectTimeout(ns: bigint | undefined): Done {
    this.#connect = ns;
    return ok();
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByte;
  }

  setFirstByteTimeout(ns: bigint | undefined): Done {
    this.#firstByte = ns;
    return ok();
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes;
  }

  setBetweenBytesTimeout(ns: bigint | undefined): Done {
    this.#betweenBytes = ns;
    return ok();
  }

  [Symbol.dispose](): void {
    this.#handles.remove();
  }
}
