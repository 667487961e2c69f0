import type { HandleCount } from './handle-count.ts';

/** A WASI resource, counted against `liveResources` until the component drops it. */
export abstract class Resource {
  readonly #handles: HandleCount;
  #dropped = false;

  /** @throws RangeError, a trap, beyond the limit */
  constructor(handles: HandleCount) {
    handles.add();
    this.#handles = handles;
  }

  /** Ends what the resource alone kept going. */
  protected onDrop?(): void;

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.onDrop?.();
    this.#handles.remove();
  }
}
