import { Resource } from '../host/resource.ts';
import { ok, type Result } from '../host/result.ts';

type Done = Result<undefined, undefined>;

/** Timeouts in nanoseconds; undefined for none. */
export class RequestOptions extends Resource {
  #connect: bigint | undefined;
  #firstByte: bigint | undefined;
  #betweenBytes: bigint | undefined;

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
}
