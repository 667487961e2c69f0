/** wasi:nn@0.2.0-rc-2024-06-25: like 2024-08-19, but components may construct errors. */
import type { NnErrorCode } from '../engine/engine-error.ts';
import { NnError } from './nn-error.ts';
import { wit20240819 } from './wit-2024-08-19.ts';
import type { TensorHome } from './tensor.ts';
import type { NnImports, WasiNn } from './wasi-nn.ts';

/** An error made by the component. Its text is kept on the host, so it counts like a tensor. */
class GuestError extends NnError {
  readonly #home: TensorHome;
  readonly #bytes: number;

  /** @throws NnFailure, which traps the guest, since constructors have no error in the WIT */
  constructor(home: TensorHome, code: NnErrorCode, data: string) {
    super(code, data);
    this.#bytes = 2 * data.length;
    home.meter.addResource(this.#bytes, 'An error');
    this.#home = home;
  }

  [Symbol.dispose](): void {
    this.#home.meter.removeResource(this.#bytes);
  }
}

export function wit20240625(nn: WasiNn): NnImports {
  function ErrorClass(code: NnErrorCode, data: string): NnError {
    return new GuestError(nn.home, code, data);
  }
  ErrorClass.prototype = NnError.prototype;
  return { ...wit20240819(nn), 'wasi:nn/errors': { Error: ErrorClass } };
}
