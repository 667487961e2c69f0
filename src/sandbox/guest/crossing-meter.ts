/**
 * Bounds what crosses the boundary of one instance: bytes and list elements are counted before they are copied.
 *
 * Text and lists of anything but numbers become JavaScript objects and may take `outputBytes` in one crossing; bytes and
 * numbers in the arguments of an imported function may take `requestTensorBytes`. The hardened glue (harden-glue.ts)
 * calls this.
 */
import type { ModelLimits } from '../../config/limits.ts';

/** Least memory of a list element on the host. */
const ELEMENT_BYTES = 32;

type CrossingLimits = Pick<ModelLimits, 'requestTensorBytes' | 'outputBytes' | 'liveResources'>;

export class CrossingMeter {
  readonly #limits: CrossingLimits;
  readonly #explain: (payload: unknown) => void;
  #bytesLeft: number;
  #objectBytesLeft: number;
  #failuresLeft: number;
  #trapped = false;

  /** @param explain logs an error that is returned to the component */
  constructor(limits: CrossingLimits, explain: (payload: unknown) => void = () => undefined) {
    this.#limits = limits;
    this.#explain = explain;
    this.#bytesLeft = limits.outputBytes;
    this.#objectBytesLeft = limits.outputBytes;
    this.#failuresLeft = limits.liveResources;
  }

  /** Called before the arguments of an imported function are lifted. */
  beginImport(): void {
    this.#begin(this.#limits.requestTensorBytes);
  }

  /** Called before the result of an exported function is lifted. */
  beginResult(): void {
    this.#begin(this.#limits.outputBytes);
  }

  /**
   * Calls an imported function. After one has thrown, every further call throws: WebAssembly can catch JavaScript's
   * exceptions, and the instance must not continue.
   */
  call<Result>(imported: (...args: unknown[]) => Result, args: unknown[]): Result {
    try {
      return imported(...args);
    } catch (error) {
      this.#trapped = true;
      throw error;
    }
  }

  /** Called before an exported function is. @throws WebAssembly.RuntimeError after a trap */
  assertWhole(): void {
    if (this.#trapped) throw new WebAssembly.RuntimeError('The instance has trapped before.');
  }

  /** Notes an error that ended a call. @returns whether it is a trap, after which the instance must not continue */
  trap(error: unknown): boolean {
    const isTrap = error instanceof WebAssembly.RuntimeError;
    if (isTrap) this.#trapped = true;
    return isTrap;
  }

  #begin(bytes: number): void {
    this.assertWhole();
    this.#bytesLeft = bytes;
    this.#objectBytesLeft = this.#limits.outputBytes;
  }

  element(): void {
    this.#takeObject(ELEMENT_BYTES);
  }

  /** Like `buffer.slice`, but traps if the list is not inside the memory. */
  copy(buffer: ArrayBuffer, start: number, end: number): ArrayBuffer {
    const from = start >>> 0;
    const to = from + (end - start);
    if (to < from || to > buffer.byteLength)
      throw new RangeError('A list reaches past the end of the memory.');
    this.#take(to - from);
    return buffer.slice(from, to);
  }

  /** A text decoder that counts its bytes, and traps on malformed text as the component model demands. */
  decoder(encoding?: string): { decode(view: Uint8Array): string } {
    let decoder: TextDecoder | undefined;
    return {
      decode: (view) => {
        this.#takeObject(view.byteLength);
        decoder ??= new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
        return decoder.decode(view);
      },
    };
  }

  /** Counts the errors given to the component: each is a resource on the host. */
  failure<Payload>(payload: Payload): Payload {
    if (--this.#failuresLeft < 0) {
      throw new RangeError(
        `The component was given more errors than liveResources, ${this.#limits.liveResources}, allows.`,
      );
    }
    this.#explain(payload);
    return payload;
  }

  /**
   * Called when a table of handles grows. The host counts its own resources, as many refused ones as live ones; resources
   * that composed components make for one another are counted only here.
   */
  growHandles(handles: number): void {
    if (handles <= 2 * this.#limits.liveResources) return;
    this.#trapped = true;
    throw new RangeError(
      `The component has more handles of one resource than twice liveResources, ${this.#limits.liveResources}.`,
    );
  }

  #takeObject(bytes: number): void {
    this.#objectBytesLeft -= bytes;
    this.#take(bytes);
    if (this.#objectBytesLeft < 0) {
      throw new RangeError(
        `One crossing carries more text and list elements than its limit outputBytes of ${this.#limits.outputBytes}.`,
      );
    }
  }

  #take(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) {
      throw new RangeError(
        `One crossing carries more than its limit: outputBytes ${this.#limits.outputBytes} for a result, requestTensorBytes ${this.#limits.requestTensorBytes} for arguments.`,
      );
    }
  }
}
