import type { StreamHost } from './sleeper.ts';

/** A WASI resource, counted against `liveResources` until the component drops it. */
export abstract class Resource<Host extends Pick<StreamHost, 'handles'> = StreamHost> {
  protected readonly host: Host;
  #dropped = false;

  /** @throws RangeError, a trap, beyond the limit */
  constructor(host: Host) {
    host.handles.add();
    this.host = host;
  }

  /** Ends what the resource alone kept going. */
  protected onDrop?(): void;

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.onDrop?.();
    this.host.handles.remove();
  }
}
