/** Counts the resources and compute calls of one request against the limits of its model. */
import type { ModelLimits } from '../config/limits.ts';
import { NnFailure } from './nn-error.ts';

type NnLimits = Pick<ModelLimits, 'tensorBytes' | 'requestTensorBytes' | 'liveResources' | 'computeCalls'>;

export class ResourceMeter {
  readonly #limits: NnLimits;
  #live = 0;
  #bytes = 0;
  #computes = 0;
  #refused = 0;

  constructor(limits: NnLimits) {
    this.#limits = limits;
  }

  get remainingBytes(): number {
    return this.#limits.requestTensorBytes - this.#bytes;
  }

  /** Counts a graph's bytes until the request ends. @throws NnFailure `too-large` */
  holdGraph(bytes: number): void {
    this.assertGraph(bytes);
    this.#bytes += bytes;
  }

  /** Asserts that {@link holdGraph} would succeed. @throws NnFailure `too-large` */
  assertGraph(bytes: number): void {
    if (bytes > this.remainingBytes) {
      throw new NnFailure(
        'too-large',
        `A graph of ${bytes} bytes is over the ${this.remainingBytes} that requestTensorBytes leaves.`,
      );
    }
  }

  /**
   * @param what the subject of the message about its size
   * @throws NnFailure `too-large`
   */
  addResource(bytes = 0, what = 'A tensor'): void {
    this.assertRoom(bytes, what);
    this.#live++;
    this.#bytes += bytes;
  }

  /** Asserts that {@link addResource} would succeed. @throws NnFailure `too-large` */
  assertRoom(bytes: number, what = 'A tensor'): void {
    if (this.#live + 1 > this.#limits.liveResources) {
      throw new NnFailure(
        'too-large',
        `The request holds ${this.#live} tensors, graphs and contexts, and liveResources allows ${this.#limits.liveResources}: drop those that are no longer needed.`,
      );
    }
    if (bytes > this.#limits.tensorBytes) {
      throw new NnFailure(
        'too-large',
        `${what} of ${bytes} bytes is over the limit tensorBytes of ${this.#limits.tensorBytes}.`,
      );
    }
    if (this.#bytes + bytes > this.#limits.requestTensorBytes) {
      throw new NnFailure(
        'too-large',
        `The request's tensors would take ${this.#bytes + bytes} bytes, over the limit requestTensorBytes of ${this.#limits.requestTensorBytes}.`,
      );
    }
  }

  /** Counts a refused tensor, which is still an object on the host. @throws RangeError, a trap */
  addRefused(): void {
    if (++this.#refused > this.#limits.liveResources) {
      throw new RangeError(
        `The request made more unusable tensors than liveResources, ${this.#limits.liveResources}, allows.`,
      );
    }
  }

  removeResource(bytes = 0): void {
    this.#live--;
    this.#bytes -= bytes;
  }

  /** More of a live sound has come: computes count from 0 again. */
  renewComputes(): void {
    this.#computes = 0;
  }

  /** @throws NnFailure `too-large` */
  addCompute(): void {
    if (++this.#computes > this.#limits.computeCalls) {
      throw new NnFailure(
        'too-large',
        `The request has made the ${this.#limits.computeCalls} compute calls that computeCalls allows.`,
      );
    }
  }
}
