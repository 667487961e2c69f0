import { EngineError, NN_ERROR_CODES } from '../engine-error.ts';

/** Asks the main thread to try a graph before the guest thread loads it. */
export interface TrialQuestion {
  model: Uint8Array;
  /** Digest of the model, so that the main thread need not compute it. */
  digest: string;
  verdict: SharedArrayBuffer;
}

const STATE = 0;
const LENGTH = 1;
const CELLS = 2;
const TEXT_BYTES = 2_048;

const PENDING = 0;
const HARMLESS = 1;
/** Base of the refusals: the index of the error's code is added. */
const REFUSED = 2;

/** The verdict in memory that a sleeping guest thread shares: written once by the main thread, which then wakes it. */
export class SharedVerdict {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #text: Uint8Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#cells = new Int32Array(shared, 0, CELLS);
    this.#text = new Uint8Array(shared, 4 * CELLS);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * CELLS + TEXT_BYTES);
  }

  harmless(): void {
    Atomics.store(this.#cells, STATE, HARMLESS);
  }

  refused({ code, message }: EngineError): void {
    const text = Buffer.from(message).subarray(0, TEXT_BYTES);
    this.#text.set(text);
    this.#cells[LENGTH] = text.length;
    Atomics.store(this.#cells, STATE, REFUSED + NN_ERROR_CODES.indexOf(code));
  }

  /** @returns whether the result is there @throws EngineError if it is a refusal */
  get isSettled(): boolean {
    const state = Atomics.load(this.#cells, STATE);
    if (state === PENDING || state === HARMLESS) return state === HARMLESS;
    const text = Buffer.from(this.#text.slice(0, this.#cells[LENGTH])).toString();
    throw new EngineError(NN_ERROR_CODES[state - REFUSED] ?? 'unknown', text);
  }
}
