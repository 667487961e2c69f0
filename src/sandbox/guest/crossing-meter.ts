/**
 * What may cross the border of one instance: bytes and list elements are paid for before they are copied.
 *
 * Text and lists of anything but numbers become JavaScript objects and may take `outputBytes` at a time;
 * bytes and numbers, which an imported function's arguments may hold, as much as the tensors that the model's
 * limits allow. The hardened glue (harden-glue.ts) calls this.
 */
import type { ModelLimits } from '../../config/limits.ts';

/** A list element costs at least this much memory on the host's side. */
const ELEMENT_BYTES = 32;

type CrossingLimits = Pick<ModelLimits, 'requestTensorBytes' | 'outputBytes' | 'liveResources'>;

export class CrossingMeter {
  readonly #limits: CrossingLimits;
  readonly #explain: (payload: unknown) => void;
  #bytesLeft: number;
  #objectBytesLeft: number;
  #failuresLeft: number;
  #trapped = false;

  /** @param explain takes note of an error that the component is given, whether it reads it or not */
  constructor(limits: CrossingLimits, explain: (payload: unknown) => void = () => undefined) {
    this.#limits = limits;
    this.#explain = explain;
    this.#bytesLeft = limits.outputBytes;
    this.#objectBytesLeft = limits.outputBytes;
    this.#failuresLeft = limits.liveResources;
  }

  /** The component calls an imported function, whose arguments come next. */
  beginImport(): void {
    if (this.#trapped) throw new WebAssembly.RuntimeError('The instance has trapped before.');
    this.#bytesLeft = this.#limits.requestTensorBytes;
    this.#objectBytesLeft = this.#limits.outputBytes;
  }

  /** The component's exported function has returned, and its result comes next. */
  beginResult(): void {
    this.#bytesLeft = this.#limits.outputBytes;
    this.#objectBytesLeft = this.#limits.outputBytes;
  }

  /**
   * Calls an imported function. What it throws is the end of the instance: a component that catches it, as
   * WebAssembly can catch what JavaScript throws, reaches the host no more.
   */
  call<Result>(imported: (...args: unknown[]) => Result, args: unknown[]): Result {
    try {
      return imported(...args);
    } catch (error) {
      this.#trapped = true;
      throw error;
    }
  }

  element(): void {
    this.#takeObject(ELEMENT_BYTES);
  }

  /** `buffer.slice` that traps where the list is not inside the memory. */
  copy(buffer: ArrayBuffer, start: number, end: number): ArrayBuffer {
    const from = start >>> 0;
    const to = from + (end - start);
    if (to < from || to > buffer.byteLength)
      throw new RangeError('A list reaches past the end of the memory.');
    this.#take(to - from);
    return buffer.slice(from, to);
  }

  /** A decoder that pays for its bytes, and that traps on malformed text as the component model demands. */
  decoder(encoding?: string): { decode(view: Uint8Array): string } {
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    return {
      decode: (view) => {
        this.#takeObject(view.byteLength);
        return decoder.decode(view);
      },
    };
  }

  /** An error goes to the component as a resource: a guest that fails for ever must not fill the host. */
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
   * A table of handles gets one more than it had room for. The host counts its own resources, as many that are
   * refused among them as live ones; those that composed components make for one another are counted here alone.
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
